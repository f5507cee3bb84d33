"""Level `verilog` of BrainScaleS-1: its analog part in lock-step with the verilated Verilog of the digital paths."""

from __future__ import annotations

from functools import cached_property
from queue import Empty, SimpleQueue

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.core import core
from ...behavioral.bss1.fabric.config import FabricConfig
from ...behavioral.bss1.fabric.stimulus import Times
from ...behavioral.bss1.fabric.wiring import ENCODERS, line_of
from ...behavioral.bss1.foreign import Control, Foreign, Heard, Lines, Out, Words
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Chip, run_lockstep
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import MissingToolError
from ...rtl.bss1.register_map import register_map
from ..remembered import remembered
from ..verilated.library import Fabric, functions
from .chip import Bss1Chip
from .digital import Analog, OnChips
from .fidelity import VERILOG
from .inputs import LinkWords
from .measured import COUNTERS, Measured


class VerilogLevel(OnChips):
    """The generated Verilog at speed; an instance of the design per chip and thread, configured by its registers."""

    fidelity = VERILOG

    def __init__(self, topology: Topology, wafer: Bss1Chip, grid: TimeGrid) -> None:
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
        self, words: LinkWords, configs: tuple[FabricConfig, ...], analog: tuple[Analog, ...], seen: Measured
    ) -> None:
        """See `OnChips.simulate`."""
        spec, (samples, chips) = self.spec, seen.spike_count.shape
        rows, lead = words.sent(spec), spec.release_blocks << spec.release_block_bits
        outs = [Out(np.zeros(samples, np.int64), np.empty((samples, seen.word.shape[2], 2), np.int64)) for _ in configs]
        counts = np.zeros((chips, samples, len(self.registers)), np.int64)

        def task(_: int, start: int, stop: int) -> None:
            designs, lines = self._instances(configs), [self._lines() for _ in configs]
            built = tuple(
                Chip(
                    self._fabric(k, design, Words(words.first[k], rows, lead), lines, counts[k], outs[k]),
                    core(*analog[k]),
                )
                for k, design in enumerate(designs)
            )
            if run_lockstep(start, stop, self.run_of, built, seen.in_lockstep()) >= 0:
                raise MissingToolError(
                    "the compiled Verilog lost step with the analog core; delete its cache, run again"
                )
            self.idle().put(designs)

        run_parts(task, shares(samples))
        seen.registers[:] = counts.swapaxes(0, 1).reshape(seen.registers.shape)
        for k, out in enumerate(outs):
            seen.word_count[:, k] = out.word_count
            seen.word_cycle[:, k], seen.word[:, k] = np.moveaxis(out.words, -1, 0)

    def _instances(self, configs: tuple[FabricConfig, ...]) -> tuple[Fabric, ...]:
        """Return idle instances, one per chip, or new ones."""
        try:
            designs = self.idle().get_nowait()
        except Empty:
            return tuple(Fabric(self.spec, config) for config in configs)
        for design, config in zip(designs, configs, strict=True):
            design.configure(config)
        return designs

    def _lines(self) -> Lines:
        """Return room for the events at the ends of a chip's lines: of a sample where other chips hear them."""
        cycles = self.cycles + 1 if len(self.programs) > 1 else 1
        return Lines(np.empty((ENCODERS * cycles, 3), np.int64), np.zeros(1, np.int64))

    def _fabric(
        self, number: int, design: Fabric, link: Words, lines: list[Lines], counts: NDArray[np.int64], out: Out
    ) -> Foreign:
        """Return an instance of the design as what runs in lock-step. lines: of all chips; counts: see `Foreign`."""
        spec, foreign = self.spec, self.programs[number].foreign
        line = np.concatenate([np.full((1, ENCODERS), -1), foreign[:, line_of(np.arange(ENCODERS))]])
        heard = Heard(
            (lines[number], *(each for each in lines if each is not lines[number])), line,
            np.zeros(len(lines), np.int64), np.empty((spec.foreign_lines, 2), np.int64), spec.hop_cycles,
        )  # fmt: skip
        return Foreign(
            design.in_lockstep(), design.handle, Control(design.control, design.clear, design.run, design.stop), link,
            heard, np.empty((max(spec.sides * spec.drivers, 1), 3), np.int64), (), np.zeros(1, np.int64),
            Times(self.cycles, self.drain), self.registers, counts, out,
        )  # fmt: skip
