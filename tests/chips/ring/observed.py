"""What a level of this chip makes of the spikes of all its neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from inloop.behavioral.events import GridEvents
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.reconstruct import TraceScale
from inloop.behavioral.network.topology import Topology
from inloop.cosim.buffers import active_masks
from inloop.cosim.filtered import filtered
from inloop.cosim.observation import Observation, Recorded
from numpy.typing import NDArray

from .spec import RingSpec

Ints = NDArray[np.int64]


def on_grid(rows: Ints, steps: int, samples: int, first: int, units: int) -> tuple[GridEvents, Ints]:
    """Return the events of neurons `first` to `first + units`, rows of sample, step and neuron, and their order."""
    own = np.flatnonzero((rows[:, 2] >= first) & (rows[:, 2] < first + units))
    order = own[np.lexsort((rows[own, 2], rows[own, 1], rows[own, 0]))]
    edges = np.searchsorted(rows[order, 0] * steps + rows[order, 1], np.arange(samples * steps + 1))
    table = np.column_stack([edges[:-1].reshape(samples, steps), edges[steps::steps]])
    return GridEvents(np.ascontiguousarray(table), (rows[order, 2] - first).astype(np.int32), units), order


def observation(
    topology: Topology, spec: RingSpec, grid: TimeGrid, inputs: GridEvents, rows: Ints, dtype: np.dtype[Any],
    silenced: Any, cycle: Ints | None = None, **rest: Any,
) -> Observation:  # fmt: skip
    """rows: sample, step and neuron of all spikes. cycle: of each of them."""
    found, first = [], 0
    for size in topology.sizes[1:]:
        found.append(on_grid(rows, grid.steps, inputs.samples, first, size))
        first += size
    *hidden, outputs = (events for events, _ in found)
    nothing, real = np.empty((0, 0, 0), dtype), dtype.type
    counters = {"input_events": len(inputs.unit), "hidden_spikes": sum(len(each.unit) for each in hidden)}
    return Observation(
        grid=grid, inputs=inputs, spikes=tuple(hidden), readout=filtered(outputs, spec, grid, dtype),
        recorded=Recorded(
            (nothing,) * len(hidden), TraceScale(real(0), real(1), grid.sample_steps, real(0)),
            active_masks(topology, inputs.samples, silenced, dtype), "are not recorded on this chip",
        ),
        counters={**counters, **rest.pop("counters", {})}, chip_time_s=inputs.samples * grid.duration_s,
        outputs=outputs, cycles=() if cycle is None else tuple(cycle[order] for _, order in found),
        cycle_s=1 / spec.clock_hz, **rest,
    )  # fmt: skip


def active(topology: Topology, spec: RingSpec, samples: int, silenced: Any) -> NDArray[np.bool_]:
    """Return which neurons may fire, (samples, neurons)."""
    out, first = np.zeros((samples, spec.neurons), bool), 0
    for size, mask in zip(topology.sizes[1:], (*(silenced or (None,) * len(topology.hidden)), None), strict=True):
        out[:, first : first + size] = True if mask is None else ~mask
        first += size
    return out
