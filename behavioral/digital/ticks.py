"""Divided clocks in closed form: a clock of scale k ticks in the cycles whose time has its low k bits all ones.

Cycle c has time c (docs/spike-path.md, Cycle numbers), so ticks lie at 2^k − 1, 2 · 2^k − 1, …
"""

from __future__ import annotations

from typing import Final

from ..numerics.compiled import borrowing

NEVER: Final = 1 << 62
"""A cycle that no run reaches."""


@borrowing
def nth_tick(cycle, scale, n):  # type: ignore[no-untyped-def]
    """Return the cycle of the n-th tick (n ≥ 1) at or after `cycle`."""
    return (cycle | ((1 << scale) - 1)) + ((n - 1) << scale)


@borrowing
def ticks_through(cycle, scale):  # type: ignore[no-untyped-def]
    """Return the number of ticks in cycles 0 to `cycle`, both included."""
    return (cycle + 1) >> scale
