"""Tables of integers with named columns, one row per entity: few arguments for a kernel, an entity in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def empty_table(rows: Any, *columns: str) -> Any:
    """Return a table of zeros; `rows` is a number or a shape."""
    return np.zeros(rows, [(name, np.int64) for name in columns])


def table(**columns: ArrayLike) -> Any:
    """Return a table of equally long columns."""
    filled = empty_table(len(np.asarray(next(iter(columns.values())))), *columns)
    for name, values in columns.items():
        filled[name] = values
    return filled
