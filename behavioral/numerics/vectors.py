"""Compiled operations on the state of one layer: vectors over its neurons, and its spikes as events or as bits.

Layers are padded to whole vectors; padding neurons have zero weights and never fire. Bits: one uint64 per `LANES`
neurons.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import borrowing
from .simd import lowest_bit

LANES = 64
"""Padding of spiking layers, and lanes of the vectors in which their kernels walk over them."""
NARROW = 16
"""The same for a readout."""


def padded(size: int, lanes: int = LANES) -> int:
    """Round a layer size up to whole vectors."""
    return -(-size // lanes) * lanes


def pad_columns(matrix: NDArray[Any], dtype: np.dtype[Any], lanes: int = LANES) -> NDArray[Any]:
    """Return a C-contiguous copy of `matrix` in `dtype`, its columns padded with zeros."""
    out = np.zeros((matrix.shape[0], padded(matrix.shape[1], lanes)), dtype)
    out[:, : matrix.shape[1]] = matrix
    return out


def pad_layers(matrices: tuple[NDArray[Any], ...], dtype: np.dtype[Any]) -> tuple[NDArray[Any], ...]:
    """Pad the weights of all layers, the readout last."""
    *hidden, readout = matrices
    return (*(pad_columns(matrix, dtype) for matrix in hidden), pad_columns(readout, dtype, NARROW))


@borrowing
def add(x, row):  # type: ignore[no-untyped-def]
    """Add `row` to `x`."""
    for n in range(x.shape[0]):
        x[n] += row[n]


@borrowing
def add_scaled(x, factor, row):  # type: ignore[no-untyped-def]
    """Add `factor · row` to `x`."""
    for n in range(x.shape[0]):
        x[n] += factor * row[n]


@borrowing
def append_units(words, unit, count):  # type: ignore[no-untyped-def]
    """Append the neurons whose bits are set in `words` to `unit[count:]`; return the new count."""
    for w in range(words.shape[0]):
        bits = words[w]
        while bits != 0:
            unit[count] = LANES * w + lowest_bit(bits)
            count += 1
            bits &= bits - np.uint64(1)
    return count
