"""What the numbers and arrays of kernels are: reals in the precision of the run, bits, counts."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Real: TypeAlias = np.floating[Any]
"""A number in the precision of the run, float32 or float64."""

Reals: TypeAlias = NDArray[np.floating[Any]]
"""Numbers in that precision."""

Indices: TypeAlias = NDArray[np.int64]
"""Whole numbers that count or point into arrays."""

Bits: TypeAlias = NDArray[np.uint64]
"""One bit per neuron, 64 in a word."""
