"""The weight gradient of a recorded batch, on the CPU: threads over the batch around the compiled adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.events import GridEvents
from ..behavioral.network.adjoint import run_adjoint
from ..behavioral.network.eventprop import GRAZE
from ..behavioral.network.feeds import feeds_of
from ..behavioral.network.ideal import ideal_constants
from ..behavioral.network.surrogate import SUPERSPIKE, Surrogate
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..behavioral.numerics.threads import parts, run_parts
from ..behavioral.numerics.vectors import LANES, NARROW, pad_columns, pad_layers, padded
from .buffers import recycled
from .filtered import told
from .further import NOTHING, Further
from .observation import Observation

Array = NDArray[Any]


def weight_gradients(
    observed: Observation,
    topology: Topology,
    weights: NetworkWeights,
    spec: Design,
    slope: float,
    readout_grad: Array,
    count_grads: tuple[Array, ...],
    surrogate: Surrogate = SUPERSPIKE,
    further: Further = NOTHING,
) -> NetworkWeights:
    """Return the gradients of all weights, summed over the batch.

    readout_grad: as `observed.readout`. count_grads: per hidden layer (samples, neurons), the gradient on each
    neuron's number of spikes. slope: β of the surrogate, which must be one that
    compiles. further: gradients on what else was observed.
    """
    if observed.outputs is not None:
        return _of_filtered(observed, weights, spec, slope, readout_grad, count_grads, surrogate)
    dtype, recorded = weights.forward[0].dtype, observed.recorded
    ranges = parts(observed.inputs.samples)
    *hidden, last = weights.forward
    forward_sums = (
        *(accumulators(len(ranges), w, dtype) for w in hidden),
        accumulators(len(ranges), last, dtype, NARROW),
    )
    recurrent_sums = tuple(
        np.zeros((len(ranges), 0, padded(size.units)), dtype) if w is None else accumulators(len(ranges), w, dtype)
        for w, size in zip(weights.recurrent, observed.spikes, strict=True)
    )
    nothing = np.zeros((0, 0), dtype)
    feeds = feeds_of(topology)
    transposed = tuple(_transposed(w[inputs:]) for w, inputs in zip(weights.forward, feeds.inputs, strict=True))
    recurrent_transposed = tuple(nothing if w is None else _transposed(w) for w in weights.recurrent)
    count_grads = tuple(pad_columns(grad, dtype) for grad in count_grads)
    constants = ideal_constants(spec, observed.grid, dtype)
    readout_grad = np.ascontiguousarray(readout_grad, dtype)
    forward = pad_layers(weights.forward, dtype)
    recurrent = tuple(
        np.zeros((0, padded(layer.units)), dtype) if w is None else pad_columns(w, dtype)
        for w, layer in zip(weights.recurrent, observed.spikes, strict=True)
    )

    steps = 0 if topology.chain else observed.grid.steps
    aboves = tuple(recycled((len(ranges), steps, padded(size)), dtype) for size in topology.hidden)
    ages = tuple(spike_ages(layer, dtype) for layer in observed.spikes)
    slopes, address = np.array([slope], dtype), surrogate.address(dtype)
    trains, membranes = further.dense("trains", observed, dtype), further.dense("membranes", observed, dtype)
    times, begins = further.on_times(observed)
    times = tuple((each * observed.grid.step_s).astype(dtype) for each in times)
    least_rise = dtype.type(GRAZE * observed.grid.step_s / spec.tau_mem_s)

    def task(part: int, start: int, stop: int) -> None:
        run_adjoint(
            start, stop, observed.inputs.first, observed.inputs.unit, feeds,
            tuple(layer.first for layer in observed.spikes), tuple(layer.unit for layer in observed.spikes), ages,
            recorded.membranes, recorded.scale, constants, slopes, address, recorded.actives, readout_grad,
            count_grads, trains, membranes, times, begins, least_rise, observed.grid.steps // readout_grad.shape[1],
            forward, recurrent, transposed, recurrent_transposed, tuple(each[part] for each in aboves),
            tuple(total[part] for total in forward_sums),
            tuple(total[part] for total in recurrent_sums),
        )  # fmt: skip

    run_parts(task, ranges)
    return NetworkWeights(
        tuple(summed(t, w) for t, w in zip(forward_sums, weights.forward, strict=True)),
        tuple(None if w is None else summed(t, w) for t, w in zip(recurrent_sums, weights.recurrent, strict=True)),
    )


def _of_filtered(
    observed: Observation,
    weights: NetworkWeights,
    spec: Design,
    slope: float,
    readout_grad: Array,
    count_grads: tuple[Array, ...],
    surrogate: Surrogate,
) -> NetworkWeights:
    """Return the gradients where the outputs spike, by the network in which they are hidden (`filtered.py`)."""
    assert observed.outputs is not None
    seen, whole = told(observed, weights, spec)
    none = np.zeros((observed.inputs.samples, observed.outputs.units), readout_grad.dtype)
    sizes = tuple(layer.units for layer in seen.spikes)
    topology = Topology(seen.inputs.units, sizes, sizes[-1], tuple(w is not None for w in whole.recurrent))
    found = weight_gradients(seen, topology, whole, spec, slope, readout_grad, (*count_grads, none), surrogate)
    return NetworkWeights(found.forward[:-1], found.recurrent[:-1])


def spike_ages(events: GridEvents, dtype: np.dtype[Any]) -> Array:
    """Return the ages beside `events.unit`, 0 where the level does not know them."""
    return np.zeros(len(events.unit), dtype) if events.age is None else events.age.astype(dtype, copy=False)


def accumulators(count: int, weight: Array, dtype: np.dtype[Any], lanes: int = LANES) -> Array:
    """Return zeros for the gradient of a padded weight in each of `count` parts of the batch."""
    sums = recycled((count, weight.shape[0], padded(weight.shape[1], lanes)), dtype)
    sums[:] = 0
    return sums


def _transposed(weight: Array) -> Array:
    out = np.zeros((padded(weight.shape[1]), padded(weight.shape[0])), weight.dtype)
    out[: weight.shape[1], : weight.shape[0]] = weight.T
    return out


def summed(sums: Array, weight: Array) -> Array:
    """Add the parts in their order."""
    total = sums[0]
    for part in sums[1:]:
        total += part
    return np.ascontiguousarray(total[:, : weight.shape[1]])
