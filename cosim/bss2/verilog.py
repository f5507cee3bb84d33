"""Level `verilog`: the analog core in lock-step with the verilated Verilog of the digital spike path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.analog.core import AnalogConstants, core, nothing_held
from ...behavioral.bss2.fabric.wiring import neurons, quiet_cycles
from ...behavioral.bss2.foreign import Control, Foreign, Rest, Words
from ...behavioral.bss2.twin import DRAIN, WORD_SUM
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Chip, Seen, run_lockstep
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.threads import run_parts, shares
from ...behavioral.numerics.vectors import padded
from ...errors import MissingToolError
from ...rtl.bss2.register_map import register_map
from ..fidelity import VERILOG
from ..remembered import remembered
from ..verilated.library import Fabric, functions
from .chip import Bss2Chip
from .digital import COUNTED, SENT, Array, LinkEvents, OnChip


class VerilogLevel(OnChip):
    """The generated Verilog at speed; one instance of the design per thread, configured through its registers."""

    fidelity = VERILOG

    def __init__(
        self, topology: Topology, chip: Bss2Chip, grid: TimeGrid, counted: Mapping[str, str] = COUNTED
    ) -> None:
        super().__init__(topology, chip, grid, counted)
        functions(self.spec)  # build now, so that a missing tool is known before any work

    @remembered
    def idle(self) -> SimpleQueue[Fabric]:
        """Instances that wait for work; a copy of the level has its own."""
        return SimpleQueue()

    @cached_property
    def registers(self) -> NDArray[np.int64]:
        """Addresses of the counters."""
        banks = register_map(self.spec)
        addresses = [banks.address(name, n) for name in self.counted.values() for n in range(banks.bank(name).count)]
        return np.array(addresses, np.int64)

    def simulate(
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Seen
    ) -> dict[str, int]:
        """See `OnChip.simulate`."""
        samples, words = len(active), Words(link.first, link.words, link.last, self.spec.link_in_depth)
        counts, sent = np.zeros((samples, len(self.registers)), np.int64), np.zeros((samples, 2), np.int64)

        def task(_: int, start: int, stop: int) -> None:
            design = self.instance()
            chips = (Chip(self.fabric(design, words, counts, sent), core(analog, active, trials)),)
            failed = run_lockstep(start, stop, self.run_of, chips, seen)
            if failed >= 0:
                raise MissingToolError(
                    f"the compiled Verilog failed in sample {failed}: its time, CADC trigger or links are not as "
                    "they must be; delete its cache and run again; if that does not help, the design has a fault"
                )
            self.idle().put(design)

        run_parts(task, shares(samples))
        count, total = sent.sum(axis=0).tolist()
        return {**self._totals(counts.sum(axis=0)), **dict(zip(SENT, (count, total & WORD_SUM), strict=True))}

    def fabric(self, design: Fabric, words: Words, counts: Array, sent: Array) -> Foreign:
        """Return an instance of the design as what runs in lock-step; counts, sent: see `Foreign`."""
        spec, rest = self.spec, Rest(self.cycles, quiet_cycles(self.spec), DRAIN)
        control = Control(design.control, design.clear, design.run)
        pulses = np.zeros((spec.hemispheres * spec.drivers, 5), np.int64)
        return Foreign(
            design.in_lockstep(), design.handle, control, words, rest, pulses, nothing_held(padded(neurons(spec))),
            np.zeros(2, np.int64), self.registers, counts, sent,
        )  # fmt: skip

    def instance(self) -> Fabric:
        """Return an idle instance of the design, or a new one."""
        try:
            return self.idle().get_nowait()
        except Empty:
            return Fabric(self.spec, self.program.fabric)

    def _totals(self, counts: Any) -> dict[str, int]:
        edges = np.cumsum([0, *(register_map(self.spec).bank(name).count for name in self.counted.values())])
        return {name: int(counts[a:b].sum()) for name, a, b in zip(self.counted, edges[:-1], edges[1:], strict=True)}
