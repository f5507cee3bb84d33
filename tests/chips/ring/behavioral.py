"""Level `behavioral`: rounded weights on a time grid; a spike acts in the next step."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.topology import Topology
from inloop.cosim import fidelity
from inloop.cosim.buffers import checked_inputs
from inloop.cosim.observation import Observation

from .chip import RingChip, synapses
from .core import Core
from .observed import active, observation


class BehavioralLevel:
    """The chip as numbers."""

    fidelity = replace(fidelity.BEHAVIORAL, has_die=False, membranes=False, on_gpu=False)

    def __init__(self, topology: Topology, chip: RingChip, grid: TimeGrid) -> None:
        chip.check_fit(topology)
        self.topology, self.spec, self.grid = topology, chip.spec, grid
        self.weight_limit = chip.spec.weight_max / chip.spec.weight_lsb_per_unit

    def run(
        self,
        spikes: Any,
        weights: Any,
        trials: Any,
        silenced: Any = None,
        record_membranes: bool = True,  # noqa: ARG002
    ) -> Observation:
        """See `Level.run`."""
        inputs, spec = checked_inputs(spikes, weights, trials, self.topology, self.grid), self.spec
        core = Core(
            spec, synapses(self.topology, weights, spec), self.grid.step_s,
            active(self.topology, spec, inputs.samples, silenced),
        )  # fmt: skip
        arriving, rows = inputs.dense() @ core.charge[spec.neurons : spec.neurons + inputs.units], []
        for b in range(inputs.samples):
            core.begin(b)
            fired = np.zeros(0, np.int64)
            for t in range(self.grid.steps):
                core.i += arriving[b, t] + core.charge[fired].sum(axis=0)
                fired = core.step()
                rows += [(b, t, int(n)) for n in fired]
        table = np.array(rows, np.int64).reshape(-1, 3)
        return observation(self.topology, spec, self.grid, inputs, table, weights.forward[0].dtype, silenced)
