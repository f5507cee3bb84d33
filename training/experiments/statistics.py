"""Rows of results: picked, grouped, and as mean ± standard deviation."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from typing import Any

from .experiment import Row


def pick(rows: Iterable[Row], **where: Any) -> list[Row]:
    """Return the rows with these values."""
    return [row for row in rows if all(row.get(name) == value for name, value in where.items())]


def column(rows: Iterable[Row], name: str) -> list[Any]:
    """Return the values of a column, without rows that lack it."""
    return [row[name] for row in rows if row.get(name) is not None]


def distinct(rows: Iterable[Row], name: str) -> list[Any]:
    """Return the values of a column, each once, in order."""
    return sorted(set(column(rows, name)))


def mean(values: Sequence[float]) -> float:
    """Return the mean; NaN of nothing."""
    return statistics.fmean(values) if values else float("nan")


def std(values: Sequence[float]) -> float:
    """Return the standard deviation of a sample; 0 of less than two values."""
    return statistics.stdev(values) if len(values) > 1 else 0.0


def mean_std(values: Sequence[float], digits: int = 1) -> str:
    """Return `mean ± std` as text, the mean alone for one value, a dash for none."""
    if not values:
        return "–"
    spread = f" ± {std(values):.{digits}f}" if len(values) > 1 else ""
    return f"{mean(values):.{digits}f}{spread}"


def paired(one: Iterable[Row], other: Iterable[Row], name: str) -> list[float]:
    """Return the differences of a column, one − other, seed by seed."""
    before = {row["seed"]: row[name] for row in other if row.get(name) is not None}
    return [
        row[name] - before[row["seed"]] for row in one if row.get(name) is not None and row.get("seed") in before
    ]  # fmt: skip


def change(values: Sequence[float]) -> str:
    """Return a mean difference with its sign as text, ± its standard deviation if there are several; empty for none."""
    if not values:
        return ""
    spread = f" ± {std(values):.2f}" if len(values) > 1 else ""
    return f"{mean(values):+.2f}{spread}"


def curve(rows: Sequence[Row], x: str, y: str) -> tuple[list[float], list[float], list[float]]:
    """Return for each value of x, in order: x, mean of y, standard deviation of y."""
    places = [value for value in distinct(rows, x) if column(pick(rows, **{x: value}), y)]
    values = [column(pick(rows, **{x: place}), y) for place in places]
    return places, [mean(each) for each in values], [std(each) for each in values]
