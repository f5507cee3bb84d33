"""Level `verilog` of the wafer: its analog part in lock-step with the verilated Verilog of the digital paths."""

from __future__ import annotations

from functools import cached_property
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.core import AnalogConstants, analog_state
from ...behavioral.bss1.fabric.config import HicannConfig
from ...behavioral.bss1.fabric.wiring import ENCODERS, line_of
from ...behavioral.bss1.lockstep_foreign import Chip, run_foreign
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import MissingToolError
from ...rtl.bss1.register_map import register_map
from ..remembered import remembered
from ..verilated.library import Fabric, functions
from .chip import Wafer
from .digital import DigitalWafer
from .inputs import LinkWords
from .measured import COUNTERS, Measured


class VerilogWafer(DigitalWafer):
    """The generated Verilog at speed; an instance of the design per chip and thread, configured by its registers."""

    fidelity = "verilog"

    def __init__(self, topology: Topology, wafer: Wafer, grid: TimeGrid) -> None:
        super().__init__(topology, wafer, grid)
        functions(self.spec)  # build now, so that a missing tool is known before any work

    @remembered
    def idle(self) -> SimpleQueue[tuple[Fabric, ...]]:
        """Instances that wait for work; a copy of the level has its own."""
        return SimpleQueue()

    @cached_property
    def registers(self) -> NDArray[np.int64]:
        """Addresses of the counters, bank by bank."""
        banks = register_map(self.spec)
        return np.array([banks.address(name, n) for name in COUNTERS for n in range(ENCODERS)], np.int64)

    def simulate(
        self, words: LinkWords, configs: tuple[HicannConfig, ...], analog: tuple[AnalogConstants, ...], seen: Measured
    ) -> None:
        """See `DigitalWafer.simulate`."""
        spec = self.spec
        samples, chips = seen.spike_count.shape
        rows, sent = words.sent(spec), np.empty((*seen.word.shape, 2), np.int64)
        registers = seen.registers.reshape(samples, chips, -1)
        lead = spec.release_blocks << spec.release_block_bits

        def task(_: int, start: int, stop: int) -> None:
            designs = self._instances(configs)
            first = designs[0]
            called = tuple(first.address(name) for name in ("begin", "cycle", "drain", "read"))
            control = first.control, first.clear, first.run, first.stop
            built = tuple(self._chip(k, design.handle, analog[k]) for k, design in enumerate(designs))
            pulses = np.empty((chips, max(spec.sides * spec.drivers, spec.circuits), 3), np.int64)
            failed = run_foreign(
                called, control, start, stop, built, words.first, rows, lead, self.quantum, spec.hop_cycles,
                self.cycles, self.drain, pulses, np.empty((chips, spec.foreign_lines, 2), np.int64), self.registers,
                seen.spike_count, seen.spike_cycle, seen.spike_circuit, seen.word_count, sent, registers,
            )  # fmt: skip
            if failed:
                raise MissingToolError(
                    "the compiled Verilog lost step with the analog core; delete its cache, run again"
                )
            self.idle().put(designs)

        run_parts(task, shares(samples))
        seen.word_cycle[:], seen.word[:] = np.moveaxis(sent, -1, 0)

    def _instances(self, configs: tuple[HicannConfig, ...]) -> tuple[Fabric, ...]:
        """Return idle instances, one per chip, or new ones."""
        try:
            designs = self.idle().get_nowait()
        except Empty:
            return tuple(Fabric(self.spec, config) for config in configs)
        for design, config in zip(designs, configs, strict=True):
            design.configure(config)
        return designs

    def _chip(self, number: int, handle: int, analog: AnalogConstants) -> Chip:
        """Return a chip with a state of its own."""
        program = self.programs[number]
        others = [k for k in range(len(self.programs)) if k != number]
        line = np.concatenate([np.full((1, ENCODERS), -1), program.foreign[:, line_of(np.arange(ENCODERS))]])
        lines = np.empty((ENCODERS * (self.cycles + 1 if others else 1), 3), np.int64)
        return Chip(
            handle, np.array([number, *others]), line, lines, np.zeros(1, np.int64),
            np.zeros(1 + len(others), np.int64), analog, analog_state(analog),
        )  # fmt: skip
