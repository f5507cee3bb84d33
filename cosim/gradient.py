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
from ..behavioral.network.ideal import layer_constants
from ..behavioral.network.lines import lined, lines_of, of_lines, swapped
from ..behavioral.network.surrogate import SUPERSPIKE, Surrogate
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..behavioral.numerics.threads import parts, run_parts
from ..behavioral.numerics.vectors import LANES, NARROW, pad_columns, padded
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
        return _of_filtered(observed, weights, spec, slope, readout_grad, count_grads, surrogate, further)
    dtype, recorded = weights.forward[0].dtype, observed.recorded
    ranges = parts(observed.inputs.samples)
    constants = layer_constants(topology, spec, observed.grid, dtype)
    lines, feeds, nothing = lines_of(constants), feeds_of(topology), np.zeros((0, 0), dtype)
    forward, recurrent = lined(weights, lines)
    forward_sums, recurrent_sums = (
        tuple(zeros((len(ranges), *w.shape), dtype) for w in each) for each in (forward, recurrent)
    )
    width = (*(LANES for _ in topology.hidden), NARROW)
    transposed = tuple(
        swapped(w[inputs:], lines, lanes) for w, inputs, lanes in zip(weights.forward, feeds.inputs, width, strict=True)
    )
    recurrent_transposed = tuple(nothing if w is None else swapped(w, lines) for w in weights.recurrent)
    count_grads = tuple(pad_columns(grad, dtype) for grad in count_grads)
    readout_grad = np.ascontiguousarray(readout_grad, dtype)
    steps = 0 if topology.chain and topology.usual_neurons else observed.grid.steps
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
        tuple(of_lines(added(t), w, lines) for t, w in zip(forward_sums, weights.forward, strict=True)),
        tuple(
            None if w is None else of_lines(added(t), w, lines)
            for t, w in zip(recurrent_sums, weights.recurrent, strict=True)
        ),
    )


def _of_filtered(
    observed: Observation,
    weights: NetworkWeights,
    spec: Design,
    slope: float,
    readout_grad: Array,
    count_grads: tuple[Array, ...],
    surrogate: Surrogate,
    further: Further,
) -> NetworkWeights:
    """Return the gradients where the outputs spike, by the network in which they are hidden (`filtered.py`)."""
    assert observed.outputs is not None
    seen, whole = told(observed, weights, spec)
    none = np.zeros((observed.inputs.samples, observed.outputs.units), readout_grad.dtype)
    sizes = tuple(layer.units for layer in seen.spikes)
    topology = Topology(seen.inputs.units, sizes, sizes[-1], tuple(w is not None for w in whole.recurrent))
    counts = (*count_grads, none)
    found = weight_gradients(seen, topology, whole, spec, slope, readout_grad, counts, surrogate, further)
    return NetworkWeights(found.forward[:-1], found.recurrent[:-1])


def spike_ages(events: GridEvents, dtype: np.dtype[Any]) -> Array:
    """Return the ages beside `events.unit`, 0 where the level does not know them."""
    return np.zeros(len(events.unit), dtype) if events.age is None else events.age.astype(dtype, copy=False)


def zeros(shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    """Return zeros to add up gradients in, in memory that was used before."""
    sums = recycled(shape, dtype)
    sums[:] = 0
    return sums


def added(sums: Array) -> Array:
    """Add the parts of the batch in their order."""
    total: Array = sums[0]
    for part in sums[1:]:
        total += part
    return total
