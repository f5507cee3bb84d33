"""Level `ideal`: the graph that carries the gradient, run forward by itself. Compiled, for the CPU."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.grid import TimeGrid
from ..behavioral.ideal import ideal_constants, run_ideal
from ..behavioral.reconstruct import TraceScale
from ..behavioral.spec import ChipSpec
from ..behavioral.threads import run_parts, shares
from ..behavioral.topology import Topology
from ..behavioral.vectors import NARROW, pad_columns, pad_layers, padded
from ..behavioral.weights import NetworkWeights
from .buffers import active_masks, checked_inputs, event_room, recycled, time_last
from .observation import Observation


class IdealLevel:
    """Homogeneous neurons, float weights, no noise; membranes are recorded in every step."""

    fidelity = "ideal"
    weight_limit = float("inf")

    def __init__(self, topology: Topology, spec: ChipSpec, grid: TimeGrid) -> None:
        self.topology, self.spec, self.grid = topology, spec, grid

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
        rooms = [event_room(samples, steps, size) for size in topology.hidden]
        firsts, units = tuple(room[0] for room in rooms), tuple(room[1] for room in rooms)
        kept = samples if record_membranes else 0
        traces = tuple(recycled((kept, steps, padded(size)), dtype) for size in topology.hidden)
        readout = recycled((samples, steps, padded(topology.outputs, NARROW)), dtype)
        forward = pad_layers(weights.forward, dtype)
        recurrent = tuple(
            np.zeros((0, padded(size)), dtype) if w is None else pad_columns(w, dtype)
            for w, size in zip(weights.recurrent, topology.hidden, strict=True)
        )
        constants = ideal_constants(self.spec, grid, dtype)

        def task(_: int, start: int, stop: int) -> None:
            run_ideal(
                start, stop, inputs.first, inputs.unit, forward, recurrent, constants, actives, firsts, units,
                traces, readout,
            )  # fmt: skip

        run_parts(task, shares(samples))
        events = tuple(
            GridEvents(first, unit, size) for first, unit, size in zip(firsts, units, topology.hidden, strict=True)
        )
        return Observation(
            grid=grid,
            inputs=inputs,
            spikes=events,
            membranes=traces,
            scale=TraceScale(dtype.type(0), dtype.type(1), 1),
            readout=time_last(readout[..., : topology.outputs]),
            actives=actives,
            counters={"input_events": len(inputs.unit), "hidden_spikes": count_spikes(events)},
            chip_time_s=samples * grid.duration_s,
        )


def count_spikes(events: tuple[GridEvents, ...]) -> int:
    """Spikes of all hidden layers in the batch."""
    return sum(int((layer.first[:, -1] - layer.first[:, 0]).sum()) for layer in events)
