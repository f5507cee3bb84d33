"""Level `rtl` of the wafer: its analog part in lock-step with the MyHDL simulation of the digital paths.

For a handful of samples. One simulation runs all samples of a batch, one after the other.
"""

from __future__ import annotations

import numpy as np
from myhdl import Signal
from numpy.typing import NDArray

from ...behavioral.bss1.analog.core import AnalogConstants, analog_state, begin, move
from ...behavioral.bss1.fabric.config import HicannConfig
from ...behavioral.bss1.fabric.wiring import ENCODERS, line_of
from ...rtl.bss1.driver import HicannDriver
from ...rtl.bss1.register_map import control_write, register_map
from ...rtl.lib.bus_host import EFFECT, Steps, play
from .digital import DigitalWafer
from .inputs import LinkWords
from .measured import COUNTERS, Measured
from .program import ChipProgram


class RtlWafer(DigitalWafer):
    """The design itself."""

    fidelity = "rtl"

    def simulate(
        self, words: LinkWords, configs: tuple[HicannConfig, ...], analog: tuple[AnalogConstants, ...], seen: Measured
    ) -> None:
        """See `DigitalWafer.simulate`."""
        clock, sent = Signal(False), words.sent(self.spec)
        chips = [
            _Chip(number, program, HicannDriver(self.spec, clock), constants)
            for number, (program, constants) in enumerate(zip(self.programs, analog, strict=True))
        ]

        def script() -> Steps:
            for chip, config in zip(chips, configs, strict=True):
                yield from chip.host.configure(config)
            for b in range(len(seen.spike_count)):
                rows = [sent[each[b] : each[b + 1]] for each in words.first]
                yield from self._sample(chips, rows, seen, b)

        play([chip.host for chip in chips], script)

    def _sample(self, chips: list[_Chip], rows: list[NDArray[np.int64]], seen: Measured, b: int) -> Steps:
        """Run one sample from clear to the last counter."""
        spec = self.spec
        for chip, own in zip(chips, rows, strict=True):
            yield from chip.host.write(*control_write(spec, clear=True))
            chip.begin(own)
        for cycle in range(-(spec.release_blocks << spec.release_block_bits) - EFFECT, self.cycles + self.drain):
            for chip in chips:
                for at, running in ((-EFFECT, True), (self.cycles - EFFECT, False)):
                    if cycle == at:
                        chip.host.offer(*control_write(spec, run=running))
                chip.link(cycle)
                if cycle >= 0:
                    chip.hear(chips, cycle, spec.hop_cycles)
                    chip.fire(chip.step(cycle, seen, b) if cycle < self.cycles else [])
            yield from chips[0].host.edge()
            for chip in chips:
                chip.host.withdraw()
        banks = register_map(spec)
        for k, chip in enumerate(chips):
            seen.word_count[b, k] = len(chip.sent)
            for n, (cycle, word) in enumerate(chip.sent):
                seen.word_cycle[b, k, n], seen.word[b, k, n] = cycle, word
            for number, name in enumerate(COUNTERS):
                for n in range(ENCODERS):
                    value, _ = yield from chip.host.read(banks.address(name, n))
                    seen.registers[b, k, number, n] = value


class _Chip:
    """One chip in a sample: its path, its analog part, the words it has to take, and what it sent so far."""

    def __init__(self, number: int, program: ChipProgram, host: HicannDriver, constants: AnalogConstants) -> None:
        self.number, self.program, self.host, self.constants = number, program, host, constants
        self.analog, self.fires = analog_state(constants), np.empty(host.spec.circuits, np.int64)

    def begin(self, rows: NDArray[np.int64]) -> None:
        """Put all to rest for a new sample with these words (arrival, word)."""
        begin(self.analog)
        self.words = dict(rows.tolist())
        self.sent: list[tuple[int, int]] = []
        self.left: dict[int, list[tuple[int, int]]] = {}

    def link(self, cycle: int) -> None:
        """Let the host give a word and take one."""
        ports, word = self.host.ports, self.words.get(cycle)
        ports.s_axis.tvalid.next = word is not None
        if word is not None:
            ports.s_axis.tdata.next = word
        ready = cycle < 0 or cycle % self.host.spec.link_event_cycles == 0  # before a run, take what is left
        ports.m_axis.tready.next = ready
        if cycle >= 0 and ready and ports.m_axis.tvalid:
            self.sent.append((cycle, int(ports.m_axis.tdata)))

    def hear(self, chips: list[_Chip], cycle: int, hop_cycles: int) -> None:
        """Note what is at the ends of the own lines; let enter what was at those of the other chips some cycles ago."""
        self.left[cycle] = self.host.leaving()
        others = [chip for chip in chips if chip is not self]
        channel = {int(line_of(k)): k for k in range(ENCODERS)}
        events = [
            (int(self.program.foreign[n, channel[line]]), address)
            for n, other in enumerate(others)
            for line, address in other.left.get(cycle - hop_cycles, ())
        ]
        self.host.enter([event for event in events if event[0] >= 0])

    def step(self, cycle: int, seen: Measured, b: int) -> list[int]:
        """Move the analog part and note its spikes; return the circuits that fire."""
        rows = np.array(self.host.pulses(), np.int64).reshape(-1, 3)
        circuits: list[int] = self.fires[: move(self.constants, self.analog, rows, len(rows), self.fires)].tolist()
        for circuit in circuits:
            place = seen.spike_count[b, self.number]
            seen.spike_cycle[b, self.number, place], seen.spike_circuit[b, self.number, place] = cycle, circuit
            seen.spike_count[b, self.number] += 1
        return circuits

    def fire(self, circuits: list[int]) -> None:
        """Raise the comparators of these circuits alone."""
        self.host.ports.fire.next = sum(1 << circuit for circuit in circuits)
