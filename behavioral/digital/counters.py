"""What counters of hardware show at their end; twins count without limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def saturated(total: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return what a counter shows that stops at its largest value."""
    return np.minimum(total, (1 << bits) - 1)


def wrapped(total: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    """Return what a counter shows that begins anew."""
    return total & ((1 << bits) - 1)


def overflowed(total: NDArray[np.int64], bits: int) -> NDArray[np.bool_]:
    """Return whether a counter has begun anew at least once."""
    begun: NDArray[np.bool_] = total >> bits > 0
    return begun
