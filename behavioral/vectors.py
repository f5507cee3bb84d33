"""Compiled operations on the state vectors of one layer; the loops are written so that LLVM vectorises them.

Vectors are padded to a multiple of `LANES` so that no scalar remainder is left; padding neurons have zero
weights and never fire.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiled import kernel

LANES = 64


def padded(size: int) -> int:
    """Round a layer size up to whole vectors (multiples of 16 below 64)."""
    lanes = LANES if size > 48 else 16
    return -(-size // lanes) * lanes


def pad_columns(matrix: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return a C-contiguous copy of `matrix` in `dtype`, its columns padded with zeros."""
    out = np.zeros((matrix.shape[0], padded(matrix.shape[1])), dtype)
    out[:, : matrix.shape[1]] = matrix
    return out


@kernel
def add(x, row):  # type: ignore[no-untyped-def]
    """Add `row` to `x`."""
    for n in range(x.shape[0]):
        x[n] += row[n]


@kernel
def add_scaled(x, factor, row):  # type: ignore[no-untyped-def]
    """Add `factor · row` to `x`."""
    for n in range(x.shape[0]):
        x[n] += factor * row[n]


@kernel
def fire(v, threshold, reset, mask, words, hits, unit, count):  # type: ignore[no-untyped-def]
    """Find neurons above threshold, append them to `unit[count:]`, reset them, return the new count.

    `unit` needs room for one entry more than there are spikes.
    mask: bool scratch as long as v; words: the same memory as uint64, to skip eight silent neurons at once; hits:
    int64 scratch, one entry more than words. There is no branch on what fires: it cannot be predicted.
    """
    for n in range(v.shape[0]):
        mask[n] = v[n] > threshold[n]
    found = 0
    for w in range(words.shape[0]):
        hits[found] = w
        found += words[w] != 0
    for k in range(found):
        for n in range(8 * hits[k], 8 * hits[k] + 8):
            unit[count] = n
            count += mask[n]
            v[n] = reset[n] if mask[n] else v[n]
    return count
