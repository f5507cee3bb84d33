"""Rows of a benchmark as a CSV file in `results/`."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


def save(name: str, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows to a file of that name and return its path; a column that a row does not have stays empty there."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / name
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
