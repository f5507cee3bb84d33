"""One sample on one level, tick by tick: fabric cycles where the level has them, else grid steps.

Which signals there are is a matter of the chip (`cosim/…/waves/`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Row = dict[str, int | float]
"""Values by signal, `scope.name`; what is not there is 0."""


@dataclass(frozen=True, eq=False)
class Recording:
    """rows: one per tick of tick_s seconds. bits: width per signal, 0 for real numbers."""

    level: str
    tick_s: float
    bits: dict[str, int]
    rows: list[Row]


def scope(kind: str, name: str) -> str:
    """Return the scope of a named thing, for instance bus_top_3."""
    return f"{kind}_{name.replace(' ', '_')}" if kind else name.replace(" ", "_")


def as_number(words: Any) -> int:
    """Return words of 64 bits as one number."""
    return sum(int(word) << 64 * w for w, word in enumerate(np.asarray(words)))


def first_difference(one: Recording, two: Recording) -> tuple[int, str, tuple[str, str]] | None:
    """Return the first tick in which a signal that both levels show differs: tick, signal, both values."""
    shared = [name for name in one.bits if name in two.bits]
    for tick, (a, b) in enumerate(zip(one.rows, two.rows, strict=True)):
        for name in shared:
            if a.get(name, 0) != b.get(name, 0):
                return tick, name, (f"{a.get(name, 0):g}", f"{b.get(name, 0):g}")
    return None
