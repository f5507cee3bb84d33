"""Level `verilog`: the analog core in lock-step with the verilated Verilog of the digital spike path."""

from __future__ import annotations

from functools import cached_property
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..behavioral.analog import analog_state
from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.grid import TimeGrid
from ..behavioral.lockstep_foreign import run_foreign
from ..behavioral.threads import run_parts, shares
from ..behavioral.topology import Topology
from ..behavioral.weights import NetworkWeights
from ..errors import MissingToolError
from ..rtl.buildable import SPIKE_LABEL_BITS
from ..rtl.register_map import register_map
from .chip import Chip
from .observation import Observation
from .on_chip import COUNTED, OnChip
from .verilated.library import Fabric, functions


class VerilogLevel(OnChip):
    """The generated Verilog at speed; one instance of the design per thread, configured through its registers."""

    fidelity = "verilog"

    def __init__(self, topology: Topology, chip: Chip, grid: TimeGrid) -> None:
        super().__init__(topology, chip, grid)
        functions(self.spec)  # build now, so that a missing tool is known before any work
        self.idle: SimpleQueue[Fabric] = SimpleQueue()

    @cached_property
    def registers(self) -> NDArray[np.int64]:
        """Addresses of the counters."""
        banks = register_map(self.spec)
        return np.array([banks.address(name, n) for name in COUNTED for n in range(banks.bank(name).count)], np.int64)

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights,
        trials: NDArray[np.uint64],
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,  # noqa: ARG002  (the CADC always records)
    ) -> Observation:
        """See `Level.run`."""
        dtype = weights.forward[0].dtype
        inputs, link = self.inputs(spikes, weights, trials)
        masks, active = self.active_lanes(inputs.samples, silenced, dtype)
        analog = self.analog(weights)
        words = (link.stamp << SPIKE_LABEL_BITS) | link.label  # as the streams carry them
        seen, _ = self.measured(inputs.samples, dtype)
        counts, sent = np.zeros((inputs.samples, len(self.registers)), np.int64), np.zeros(inputs.samples, np.int64)
        word_count = self.lanes // 64

        def task(_: int, start: int, stop: int) -> None:
            fabric = Fabric(self.spec, self.program.fabric) if self.idle.empty() else self.idle.get()
            called = tuple(fabric.address(name) for name in ("begin", "cycle", "drain", "read"))
            pulses = np.zeros((self.spec.hemispheres * self.spec.drivers, 5), np.int64)
            clamped, refractory = np.zeros((2, word_count), np.uint64)
            failed = run_foreign(
                called, fabric.handle, fabric.control, fabric.clear, fabric.run, self.spec.link_in_depth, start, stop,
                link.first, words, analog, analog_state(analog), pulses, clamped, refractory, active, trials,
                self.cycles, self.registers, seen.spike_count, seen.spike_cycle, seen.spike_lane, seen.records,
                counts, sent,
            )  # fmt: skip
            if failed:
                raise MissingToolError(
                    "the compiled Verilog lost step with the analog core; delete its cache, run again"
                )
            self.idle.put(fabric)

        run_parts(task, shares(inputs.samples))
        totals = self._totals(counts.sum(axis=0))
        counters = {"dropped": totals["drops"], "lost": totals["lost"], "late": totals["late"], "sent": int(sent.sum())}
        return self.observation(inputs, masks, weights, seen, counters)

    def _totals(self, counts: Any) -> dict[str, int]:
        edges = np.cumsum([0, *(register_map(self.spec).bank(name).count for name in COUNTED)])
        return {name: int(counts[a:b].sum()) for name, a, b in zip(COUNTED, edges[:-1], edges[1:], strict=True)}
