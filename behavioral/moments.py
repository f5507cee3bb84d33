"""Which step of a grid a moment falls into: floor(time / step), with rounding errors forgiven.

Times at exact multiples of a step are often computed, and come out a little early. What is forgiven is what a time can
be wrong by. Times of double precision: 10⁻⁶ of a step, far more than the rounding errors of a sum over a whole window.
A time that has no more digits than float32 has, in seconds, ms or µs, comes from single precision, where k · h, ranges
and conversions of units are wrong by up to 3 · 2⁻²⁴ of the time; 2⁻²¹ of it is forgiven besides.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .numerics.compiled import borrowing, kernel

SINGLE: Final = 2.0**-21
"""Share of its time by which a moment of single precision may come early."""
DOUBLE: Final = 1e-6
"""Steps by which any moment may come early."""


@borrowing
def _single(time_s):  # type: ignore[no-untyped-def]
    """Return whether a time has no more digits than single precision has."""
    for scale in (1.0, 1e3, 1e6):
        value = time_s * scale
        if abs(value - np.float64(np.float32(value))) <= 1e-15 * value:
            return True
    return False


@borrowing
def _whole(x, forgiven, time_s):  # type: ignore[no-untyped-def]
    """Return the whole part of x, to which `forgiven` was added; the time is looked at only where it matters."""
    found, late = np.floor(x + forgiven), np.floor(x * (1 + SINGLE) + forgiven)
    return int(late if late != found and _single(time_s) else found)


@borrowing
def step_of(time_s, rate_hz, steps):  # type: ignore[no-untyped-def]
    """Return the step of a moment that lies before the end of a window of `steps` steps."""
    return min(_whole(time_s * rate_hz, DOUBLE, time_s), steps - 1)


@kernel
def _cycles(time_s, clock_hz, out):  # type: ignore[no-untyped-def]
    for e in range(time_s.shape[0]):
        out[e] = _whole(time_s[e] * clock_hz * (1 + 1e-12), 0.0, time_s[e])


def cycles_of(time_s: NDArray[np.float64], clock_hz: float) -> NDArray[np.int64]:
    """Return the clock cycles that contain moments, in seconds.

    Cycles are so short that what a double can be wrong by is counted from its own size.
    """
    out = np.empty(len(time_s), np.int64)
    _cycles(time_s, clock_hz, out)
    return out
