"""How many random cases a block gets, and how they are drawn so that a failing one shrinks to a few events."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

FEW = settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=1000)


@st.composite
def plenty(draw: st.DrawFn, elements: st.SearchStrategy[Any], average: int) -> list[Any]:
    """Draw a list that is often long; each element stands alone, so that shrinking can drop it."""
    rows = []
    while draw(st.integers(0, average)):
        rows.append(draw(elements))
    return rows


def one_per(rows: list[Any], places: int) -> list[Any]:
    """Keep the first of the rows that are equal in so many first columns, in the order of time."""
    return sorted({row[:places]: row for row in reversed(rows)}.values())
