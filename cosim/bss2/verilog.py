"""Level `verilog`: the analog core in lock-step with the verilated Verilog of the digital spike path."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from queue import Empty, SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.analog.core import AnalogConstants, analog_state
from ...behavioral.bss2.fabric.wiring import quiet_cycles
from ...behavioral.bss2.lockstep import WORD_SUM
from ...behavioral.bss2.lockstep_foreign import run_foreign
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import MissingToolError
from ...rtl.bss2.register_map import register_map
from ..remembered import remembered
from ..verilated.library import Fabric, functions
from .chip import Chip
from .digital import COUNTED, SENT, Array, LinkEvents, Measured, OnChip


class VerilogLevel(OnChip):
    """The generated Verilog at speed; one instance of the design per thread, configured through its registers."""

    fidelity = "verilog"

    def __init__(self, topology: Topology, chip: Chip, grid: TimeGrid, counted: Mapping[str, str] = COUNTED) -> None:
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
        self, link: LinkEvents, analog: AnalogConstants, active: Array, trials: NDArray[np.uint64], seen: Measured
    ) -> dict[str, int]:
        """See `OnChip.simulate`."""
        samples, words = len(active), link.words
        counts, sent = np.zeros((samples, len(self.registers)), np.int64), np.zeros((samples, 2), np.int64)
        word_count, quiet = self.lanes // 64, quiet_cycles(self.spec)

        def task(_: int, start: int, stop: int) -> None:
            fabric = self._instance()
            called = tuple(fabric.address(name) for name in ("begin", "cycle", "drain", "read"))
            pulses = np.zeros((self.spec.hemispheres * self.spec.drivers, 5), np.int64)
            clamped, refractory = np.zeros((2, word_count), np.uint64)
            failed = run_foreign(
                called, fabric.handle, fabric.control, fabric.clear, fabric.run, self.spec.link_in_depth, quiet, start,
                stop, link.first, words, link.last, analog, analog_state(analog), pulses, clamped, refractory, active,
                trials, self.cycles, self.registers, seen.spike_count, seen.spike_cycle, seen.spike_lane, seen.records,
                counts, sent,
            )  # fmt: skip
            if failed:
                raise MissingToolError(
                    f"the compiled Verilog failed in sample {failed - 1}: its time, CADC trigger or links are not as "
                    "they must be; delete its cache and run again; if that does not help, the design has a fault"
                )
            self.idle().put(fabric)

        run_parts(task, shares(samples))
        count, words = sent.sum(axis=0).tolist()
        return {**self._totals(counts.sum(axis=0)), **dict(zip(SENT, (count, words & WORD_SUM), strict=True))}

    def _instance(self) -> Fabric:
        """Return an idle instance, or a new one."""
        try:
            return self.idle().get_nowait()
        except Empty:
            return Fabric(self.spec, self.program.fabric)

    def _totals(self, counts: Any) -> dict[str, int]:
        edges = np.cumsum([0, *(register_map(self.spec).bank(name).count for name in self.counted.values())])
        return {name: int(counts[a:b].sum()) for name, a, b in zip(self.counted, edges[:-1], edges[1:], strict=True)}
