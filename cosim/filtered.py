"""The readout of outputs that spike: the host filters their spikes with the PSP of the ideal neuron.

    readout[t] = Σ over spikes of the output: psp(t − spike) / largest psp

To the ideal model that is one more layer: the outputs are its last hidden one, and each drives a readout of its own
with the weight 1 / largest psp. So the gradient comes back through the same adjoint.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.events import GridEvents
from ..behavioral.grid import TimeGrid
from ..behavioral.network.ideal import ideal_constants, run_readout
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights, check_weights
from ..behavioral.numerics.threads import run_parts, shares
from ..behavioral.numerics.types import Reals
from ..behavioral.numerics.vectors import LANES, NARROW, pad_columns, padded
from ..behavioral.propagator import largest_psp
from .buffers import recycled, time_last
from .ideal import IdealLevel
from .observation import Observation

Array = NDArray[Any]


@lru_cache(maxsize=32)
def own_readouts(outputs: int, spec: Design, dtype: np.dtype[Any]) -> Array:
    """Return the weights from the outputs to their readouts, (outputs, outputs)."""
    weights: Array = np.eye(outputs, dtype=dtype) / dtype.type(largest_psp(spec.tau_mem_s, spec.tau_syn_s))
    return weights


def with_readouts(topology: Topology) -> Topology:
    """Return the network in which the outputs are hidden, too."""
    hidden, recurrent = (*topology.hidden, topology.outputs), (*topology.recurrent, False)
    return Topology(topology.inputs, hidden, topology.outputs, recurrent)


def with_readout_weights(weights: NetworkWeights, spec: Design) -> NetworkWeights:
    """Return the weights of that network."""
    last = weights.forward[-1]
    return NetworkWeights((*weights.forward, own_readouts(last.shape[1], spec, last.dtype)), (*weights.recurrent, None))


def filtered(outputs: GridEvents, spec: Design, grid: TimeGrid, dtype: np.dtype[Any]) -> Reals:
    """Return the readout of these spikes, (samples, records, outputs), one record per `grid.sample_steps` steps."""
    readout = recycled((outputs.samples, grid.steps, padded(outputs.units, NARROW)), dtype)
    weight = pad_columns(own_readouts(outputs.units, spec, dtype), dtype, NARROW)
    constants = ideal_constants(spec, grid, dtype)

    def task(_: int, start: int, stop: int) -> None:
        run_readout(start, stop, outputs.first, outputs.unit, weight, constants, dtype.type(0), readout)

    run_parts(task, shares(outputs.samples))
    return time_last(readout[:, grid.sample_steps - 1 :: grid.sample_steps, : outputs.units])


def told(seen: Observation, weights: NetworkWeights, spec: Design) -> tuple[Observation, NetworkWeights]:
    """Return an observation as one of the network in which the outputs are hidden, and the weights of that."""
    assert seen.outputs is not None
    recorded, dtype = seen.recorded, weights.forward[0].dtype
    active = np.ones((seen.inputs.samples, padded(seen.outputs.units, LANES)), dtype)
    nothing = np.empty((0, 0, 0), dtype)
    recorded = replace(
        recorded, membranes=(*recorded.membranes, nothing), actives=(*recorded.actives, active)
    )  # membranes of the outputs are those of the ideal model with these spikes
    return replace(seen, spikes=seen.spiking, outputs=None, recorded=recorded), with_readout_weights(weights, spec)


class FilteredLevel(IdealLevel):
    """The ideal network whose outputs spike."""

    def __init__(self, topology: Topology, spec: Design, grid: TimeGrid) -> None:
        super().__init__(with_readouts(topology), spec, grid)
        self.network = topology

    def run(
        self,
        spikes: Any,
        weights: NetworkWeights,
        trials: NDArray[np.uint64],
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,
    ) -> Observation:
        """See `Level.run`."""
        check_weights(weights, self.network)
        if silenced is not None:
            silenced = (*silenced, np.zeros((len(trials), self.network.outputs), bool))
        seen = super().run(spikes, with_readout_weights(weights, self.spec), trials, silenced, record_membranes)
        *hidden, outputs = seen.spikes
        recorded = seen.recorded
        counters = {**seen.counters, "hidden_spikes": sum(int(each.counts().sum()) for each in hidden)}
        return replace(
            seen, spikes=tuple(hidden), outputs=outputs, counters=counters,
            recorded=replace(recorded, membranes=recorded.membranes[:-1], actives=recorded.actives[:-1]),
        )  # fmt: skip
