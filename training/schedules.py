"""The course of the learning rate: factors on it, by the part of training that is done."""

from __future__ import annotations

import math
from collections.abc import Callable

Schedule = Callable[[float], float]
"""The factor on the learning rate when a part of training is done, 0 ≤ part < 1."""


def cosine(done: float) -> float:
    """Fall from 1 to 0 as half a cosine."""
    return 0.5 * (1 + math.cos(math.pi * done))


def constant(done: float) -> float:  # noqa: ARG001
    """Stay at 1."""
    return 1.0
