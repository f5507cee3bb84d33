"""Level `ideal`: the graph that carries the gradient, run forward by itself. Compiled, for the CPU."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.grid import TimeGrid
from ..behavioral.network.feeds import feeds_of
from ..behavioral.network.ideal import layer_constants, run_ideal
from ..behavioral.network.lines import lined, lines_of
from ..behavioral.network.reconstruct import TraceScale
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..behavioral.numerics.threads import run_parts, shares
from ..behavioral.numerics.vectors import NARROW, padded
from .buffers import active_masks, checked_inputs, event_room, recycled, time_last
from .fidelity import IDEAL
from .observation import Observation, Recorded


def at_rest(weights: NetworkWeights) -> float:  # noqa: ARG001
    """Return where a readout begins that is at rest between two samples."""
    return 0.0


class IdealLevel:
    """Homogeneous neurons, float weights, no noise; membranes are recorded in every step.

    readout_start: returns the membranes of the readout at the beginning of a sample, in software units of the weights.
    """

    fidelity = IDEAL
    weight_limit = float("inf")

    def __init__(
        self,
        topology: Topology,
        spec: Design,
        grid: TimeGrid,
        readout_start: Callable[[NetworkWeights], float] = at_rest,
    ) -> None:
        self.topology, self.spec, self.grid, self.readout_start = topology, spec, grid, readout_start

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights,
        trials: NDArray[np.uint64],
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,
    ) -> Observation:
        """See `Level.run`."""
        topology, grid = self.topology, self.grid
        dtype = weights.forward[0].dtype
        inputs = checked_inputs(spikes, weights, trials, topology, grid)
        samples, steps = inputs.samples, grid.steps
        actives = active_masks(topology, samples, silenced, dtype)
        events = tuple(event_room(samples, steps, size, dtype) for size in topology.hidden)
        firsts, units, ages = (tuple(getattr(room, name) for room in events) for name in ("first", "unit", "age"))
        kept = samples if record_membranes else 0
        traces = tuple(recycled((kept, steps, padded(size)), dtype) for size in topology.hidden)
        readout = recycled((samples, steps, padded(topology.outputs, NARROW)), dtype)
        constants = layer_constants(topology, self.spec, grid, dtype)
        forward, recurrent = lined(weights, lines_of(constants))
        feeds = feeds_of(topology)
        readout_start = dtype.type(self.readout_start(weights))

        def task(_: int, start: int, stop: int) -> None:
            run_ideal(
                start, stop, inputs.first, inputs.unit, feeds, forward, recurrent, constants, readout_start, actives,
                firsts, units, ages, traces, readout,
            )  # fmt: skip

        run_parts(task, shares(samples))
        return Observation(
            grid=grid,
            inputs=inputs,
            spikes=events,
            readout=time_last(readout[..., : topology.outputs]),
            recorded=Recorded(
                traces, TraceScale(dtype.type(0), dtype.type(1), 1, dtype.type(self.spec.start_unit)), actives
            ),
            counters={"input_events": len(inputs.unit), "hidden_spikes": count_spikes(events)},
            chip_time_s=samples * grid.duration_s,
        )


def count_spikes(events: tuple[GridEvents, ...]) -> int:
    """Spikes of all hidden layers in the batch."""
    return sum(int((layer.first[:, -1] - layer.first[:, 0]).sum()) for layer in events)
