"""Level `rtl` of BrainScaleS-1: its analog parts in lock-step with the MyHDL simulation of the digital paths.

For a handful of samples. One simulation runs all samples of a batch, one after the other. The chips have one clock: the
edge of the last one is that of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from myhdl import Signal
from numpy.typing import NDArray

from ...behavioral import lockstep
from ...behavioral.bss1.analog.core import core
from ...behavioral.bss1.fabric.config import FabricConfig
from ...behavioral.bss1.fabric.wiring import ENCODERS, line_of
from ...behavioral.lockstep import Chip, Run, step_lockstep
from ...rtl.bss1.driver import Driver
from ...rtl.bss1.register_map import control_write, register_map
from ...rtl.lib.bus_host import EFFECT, Steps, running
from .digital import Analog, OnChips
from .fidelity import RTL
from .inputs import LinkWords
from .measured import COUNTERS, Measured

Ints = NDArray[np.int64]


class RtlLevel(OnChips):
    """The design itself."""

    fidelity = RTL

    def simulate(
        self, words: LinkWords, configs: tuple[FabricConfig, ...], analog: tuple[Analog, ...], seen: Measured
    ) -> None:
        """See `OnChips.simulate`."""
        clock, sent = Signal(False), words.sent(self.spec)
        hosts = [Driver(self.spec, clock) for _ in self.programs]
        with running(hosts) as play:
            fabrics: list[Simulated] = []
            for number, (host, config) in enumerate(zip(hosts, configs, strict=True)):
                play(host.configure(config))
                rows = [sent[a:b] for a, b in pairwise(words.first[number])]
                foreign = self.programs[number].foreign
                fabrics.append(Simulated(number, host, play, rows, foreign, fabrics, seen, self.cycles, self.drain))
            chips = tuple(Chip(fabric, core(*given)) for fabric, given in zip(fabrics, analog, strict=True))
            samples = range(len(seen.spike_count))
            failed = step_lockstep(samples, Run(self.cycles, 1), chips, seen.in_lockstep())
        assert failed < 0, f"the paths lost step with the analog parts in sample {failed}"


class Simulated:
    """The path of one chip in simulation as what runs in lock-step.

    words: rows of arrival and word, per sample. foreign: (chips, channels), which line of this chip the output of
    another one reaches. fabrics: of all chips.
    """

    held: tuple[()] = ()

    def __init__(
        self, number: int, host: Driver, play: Callable[[Steps], Any], words: Sequence[Ints], foreign: Ints,
        fabrics: list[Simulated], seen: Measured, cycles: int, drain: int,
    ) -> None:  # fmt: skip
        self.number, self.host, self.play, self.words, self.foreign = number, host, play, words, foreign
        self.fabrics, self.seen, self.cycles, self.drain = fabrics, seen, cycles, drain
        self.pulses: Ints = np.empty((0, 3), np.int64)
        self.left: dict[int, list[tuple[int, int]]] = {}

    @property
    def others(self) -> list[Simulated]:
        """The other chips."""
        return [fabric for fabric in self.fabrics if fabric is not self]

    @property
    def is_last(self) -> bool:
        """Whether the edge of this chip is that of all."""
        return self is self.fabrics[-1]

    def rest(self, sample: int) -> None:
        """Put all to rest for a sample."""
        self.arriving: dict[int, int] = dict(self.words[sample].tolist())
        self.sent: list[tuple[int, int]] = []
        self.left = {}

    def link(self, cycle: int) -> None:
        """Let the host give a word and take one, and control the run."""
        host, spec = self.host, self.host.spec
        for at, running_ in ((-EFFECT, True), (self.cycles - EFFECT, False)):
            if cycle == at:
                host.offer(*control_write(spec, run=running_))
        ports, word = host.ports, self.arriving.get(cycle)
        ports.s_axis.tvalid.next = word is not None
        if word is not None:
            ports.s_axis.tdata.next = word
        ready = cycle < 0 or cycle % spec.link_event_cycles == 0  # before a run, take what is left
        ports.m_axis.tready.next = ready
        if cycle >= 0 and ready and ports.m_axis.tvalid:
            self.sent.append((cycle, int(ports.m_axis.tdata)))

    def hear(self, cycle: int) -> None:
        """Note what is at the ends of the own lines; let enter what was at those of the other chips some cycles ago."""
        self.left[cycle] = self.host.leaving()
        channel = {int(line_of(k)): k for k in range(ENCODERS)}
        events = [
            (int(self.foreign[n, channel[line]]), address)
            for n, other in enumerate(self.others)
            for line, address in other.left.get(cycle - self.host.spec.hop_cycles, ())
        ]
        self.host.enter([event for event in events if event[0] >= 0])

    def pass_cycle(self, cycle: int) -> Steps:
        """Let one cycle pass for all chips, whose lines and fires are set."""
        for fabric in self.fabrics:
            fabric.link(cycle)
        yield from self.host.edge()
        for fabric in self.fabrics:
            fabric.host.withdraw()

    def begin(self) -> Steps:
        """Let the words arrive that come before the run, and go to cycle 0."""
        spec = self.host.spec
        for cycle in range(-(spec.release_blocks << spec.release_block_bits) - EFFECT, 0):
            yield from self.pass_cycle(cycle)

    def end(self) -> Steps:
        """Let everything arrive on all chips."""
        for fabric in self.fabrics:
            fabric.host.ports.fire.next = 0
        for cycle in range(self.cycles, self.cycles + self.drain):
            for fabric in self.fabrics:
                fabric.hear(cycle)
            yield from self.pass_cycle(cycle)

    def read(self, sample: int) -> Steps:
        """Read the counters."""
        banks = register_map(self.host.spec)
        for number, name in enumerate(COUNTERS):
            for n in range(ENCODERS):
                value, _ = yield from self.host.read(banks.address(name, n))
                self.seen.registers[sample, self.number, number, n] = value


@lockstep.clear.of(Simulated)
def _clear(fabric: Simulated, sample: int) -> bool:
    fabric.play(fabric.host.write(*control_write(fabric.host.spec, clear=True)))
    fabric.rest(sample)
    if fabric.is_last:
        fabric.play(fabric.begin())
    return True


@lockstep.show.of(Simulated)
def _show(fabric: Simulated, cycle: int) -> int:
    fabric.pulses = np.array(fabric.host.pulses(), np.int64).reshape(-1, 3)
    fabric.hear(cycle)
    return len(fabric.pulses)


@lockstep.edge.of(Simulated)
def _edge(fabric: Simulated, cycle: int, fires: NDArray[np.int32], count: int) -> bool:
    fabric.host.ports.fire.next = sum(1 << circuit for circuit in fires[:count].tolist())
    if fabric.is_last:
        fabric.play(fabric.pass_cycle(cycle))
    return True


@lockstep.triggered.of(Simulated)
def _triggered(fabric: Simulated, cycle: int) -> bool:  # noqa: ARG001
    return False


@lockstep.drain.of(Simulated)
def _drain(fabric: Simulated, sample: int) -> bool:
    if fabric.number == 0:
        fabric.play(fabric.end())
    seen, rows = fabric.seen, np.array(fabric.sent, np.int64).reshape(-1, 2)
    at = sample, fabric.number
    seen.word_count[at] = len(rows)
    seen.word_cycle[at][: len(rows)], seen.word[at][: len(rows)] = rows.T
    fabric.play(fabric.read(sample))
    return True
