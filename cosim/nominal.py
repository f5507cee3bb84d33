"""The gradient of the ideal model as a graph of torch: for surrogates that the compiled adjoint cannot call."""

from __future__ import annotations

import torch
from torch import Tensor

from ..behavioral.grid import TimeGrid
from ..behavioral.network.ideal import grid_rest
from ..behavioral.network.surrogate import SUPERSPIKE, Surrogate
from ..behavioral.network.topology import Topology
from .chip import Chip
from .observation import Observation
from .torch_ideal import DenseRecord, own_factors, run_torch_ideal, steps_first
from .torch_reconstruct import reconstruct


class Nominal:
    """The graph of the nominal neuron; runs on the CPU, much slower than the compiled adjoint."""

    def __init__(self, topology: Topology, chip: Chip, grid: TimeGrid) -> None:
        self.topology, self.chip, self.grid = topology, chip, grid

    def run(
        self,
        seen: Observation,
        forward: tuple[Tensor, ...],
        recurrent: tuple[Tensor | None, ...],
        slope: float,
        surrogate: Surrogate = SUPERSPIKE,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return readout and spike counts as measured; membranes are put in where they were recorded."""
        spec, dtype = self.chip.spec, forward[0].dtype
        spikes = tuple(steps_first(events.dense(), dtype) for events in seen.spikes)
        ages = tuple(steps_first(events.dense_ages(), dtype) for events in seen.spikes)
        factors = own_factors(self.topology, spec, self.grid, dtype)
        usual = grid_rest(spec, self.grid).steps, spec.reset_unit, spec.start_unit, 1.0
        nodes = [usual] * len(spikes)
        if factors is not None:
            nodes = [(each.rest.steps, each.reset, each.start, each.threshold) for each in factors if each.rest]  # type: ignore[misc]
        traces = tuple(
            reconstruct(steps_first(seen.membrane(layer), dtype), z, age, *nodes[layer]) if seen.has_membranes else None
            for layer, (z, age) in enumerate(zip(spikes, ages, strict=True))
        )
        actives = tuple(
            torch.from_numpy(mask[:, :size])
            for mask, size in zip(seen.recorded.actives, self.topology.hidden, strict=True)
        )
        readout, hidden, _ = run_torch_ideal(
            steps_first(seen.inputs.dense(), dtype), forward, recurrent, spec, self.grid, slope, actives,
            DenseRecord(spikes, ages, traces, torch.from_numpy(seen.readout)),
            factors, feeds=self.topology.feeds, surrogate=surrogate,
        )  # fmt: skip
        return readout, tuple(z.sum(dim=0) for z in hidden)
