"""The weight gradient of a recorded batch, on the CPU: threads over the batch around the compiled adjoint."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..behavioral.adjoint import run_adjoint
from ..behavioral.ideal import ideal_constants
from ..behavioral.spec import ChipSpec
from ..behavioral.threads import parts, run_parts
from ..behavioral.vectors import pad_columns, padded
from ..behavioral.weights import NetworkWeights
from .observation import Observation

Array = NDArray[Any]


def weight_gradients(
    observed: Observation,
    weights: NetworkWeights,
    spec: ChipSpec,
    slope: float,
    readout_grad: Array,
    count_grads: tuple[Array, ...],
) -> NetworkWeights:
    """Return the gradients of all weights, summed over the batch.

    readout_grad: as `observed.readout`. count_grads: per hidden layer (samples, neurons), the gradient on each
    neuron's number of spikes. slope: β of the surrogate.
    """
    dtype = weights.forward[0].dtype
    ranges = parts(observed.inputs.samples)
    columns = [padded(w.shape[1]) for w in weights.forward]

    def swapped(w: Array | None) -> Array:
        if w is None:
            return np.zeros((0, 0), dtype)
        return np.pad(w.T, ((0, padded(w.shape[1]) - w.shape[1]), (0, padded(w.shape[0]) - w.shape[0])))

    transposed = tuple(np.ascontiguousarray(swapped(w)) for w in weights.forward)
    recurrent_transposed = tuple(np.ascontiguousarray(swapped(w)) for w in weights.recurrent)
    forward_sums = tuple(
        np.zeros((len(ranges), w.shape[0], c), dtype) for w, c in zip(weights.forward, columns, strict=True)
    )
    recurrent_sums = tuple(
        np.zeros((len(ranges), 0 if w is None else w.shape[0], c), dtype)
        for w, c in zip(weights.recurrent, columns[:-1], strict=True)
    )
    count_grads = tuple(pad_columns(grad, dtype) for grad in count_grads)
    constants = ideal_constants(spec, observed.grid, dtype)
    readout_grad = np.ascontiguousarray(readout_grad, dtype)

    def task(part: int, start: int, stop: int) -> None:
        run_adjoint(
            start, stop, observed.inputs.first, observed.inputs.unit,
            tuple(layer.first for layer in observed.spikes), tuple(layer.unit for layer in observed.spikes),
            observed.membranes, observed.scale, constants, dtype.type(slope), observed.actives, readout_grad,
            count_grads, observed.grid.steps // readout_grad.shape[1], transposed, recurrent_transposed,
            tuple(total[part] for total in forward_sums), tuple(total[part] for total in recurrent_sums),
        )  # fmt: skip

    run_parts(task, ranges)
    return NetworkWeights(
        tuple(t.sum(axis=0)[:, : w.shape[1]] for t, w in zip(forward_sums, weights.forward, strict=True)),
        tuple(
            None if w is None else t.sum(axis=0)[:, : w.shape[1]]
            for t, w in zip(recurrent_sums, weights.recurrent, strict=True)
        ),
    )
