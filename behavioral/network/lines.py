"""Weights on synaptic lines: one for all, or an excitatory and an inhibitory one with time constants of their own.

On two lines a weight w puts max(w, 0) onto the first and min(w, 0) onto the second; both pull the membrane.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..numerics.vectors import LANES, NARROW, pad_columns, padded
from .ideal import IdealConstants
from .weights import NetworkWeights

Array = NDArray[Any]


def lines_of(constants: tuple[IdealConstants, ...]) -> int:
    """Return how many lines neurons have."""
    decay = constants[0].decay_syn
    return decay.shape[0] if isinstance(decay, np.ndarray) else 1


def parts_of(weight: Array, lines: int) -> tuple[Array, ...]:
    """Return what of a weight is on each line."""
    return (weight,) if lines == 1 else (np.maximum(weight, 0), np.minimum(weight, 0))


def on_lines(weight: Array, lines: int, dtype: np.dtype[Any], lanes: int = LANES) -> Array:
    """Return weights (sources, neurons) as (sources, lines · neurons), each line padded."""
    first, *others = (pad_columns(part, dtype, lanes) for part in parts_of(weight, lines))
    return np.concatenate([first, *others], axis=1) if others else first


def lined(weights: NetworkWeights, lines: int) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Return the weights of all layers, the readout last, and those within hidden layers, without rows where there are
    none.
    """
    *hidden, last = weights.forward
    dtype = last.dtype
    forward = (*(on_lines(w, lines, dtype) for w in hidden), on_lines(last, lines, dtype, NARROW))
    nothing = [np.zeros((0, each.shape[1]), dtype) for each in forward]
    own = zip(weights.recurrent, nothing, strict=False)
    return forward, tuple(none if w is None else on_lines(w, lines, dtype) for w, none in own)


def swapped(weight: Array, lines: int, lanes: int = LANES) -> Array:
    """Return weights (sources, neurons) as (lines · neurons, sources), each line and the sources padded."""
    out = np.zeros((lines, padded(weight.shape[1], lanes), padded(weight.shape[0])), weight.dtype)
    for line, part in enumerate(parts_of(weight, lines)):
        out[line, : weight.shape[1], : weight.shape[0]] = part.T
    return out.reshape(lines * out.shape[1], out.shape[2])


def of_lines(gradient: Array, weight: Array, lines: int) -> Array:
    """Return the gradient of weights from that of their parts on the lines, which is as `on_lines` gives them."""
    count = weight.shape[1]
    if lines == 1:
        return np.ascontiguousarray(gradient[:, :count])
    exc, inh = np.split(gradient, 2, axis=1)
    return np.where(weight >= 0, exc[:, :count], inh[:, :count])
