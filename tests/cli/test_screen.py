"""Nothing in a table is cut on a narrow terminal."""

from __future__ import annotations

import io

import pytest
from inloop.cli.screen import print_table
from inloop.training.experiments.experiment import Table
from rich.console import Console

WIDE = Table(
    "of [many]",
    tuple(f"column{k}" for k in range(12)),
    [tuple(f"{k}.{row:03d}" for k in range(12)) for row in range(3)],
)


def printed(table: Table, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    print_table(table, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("width", [40, 80, 200])
def test_all_words_are_whole(width: int) -> None:
    words = " ".join(printed(WIDE, width)).split()
    assert {*WIDE.columns, *(cell for line in WIDE.rows for cell in line)} <= set(words)


def test_rows_are_turned_only_where_they_do_not_fit() -> None:
    assert any(line.split() == list(WIDE.rows[1]) for line in printed(WIDE, 200))
    assert any(line.split() == ["column1", "1.000", "1.001", "1.002"] for line in printed(WIDE, 80))


def test_where_nothing_fits_words_are_folded() -> None:
    text = "\n".join(printed(WIDE, 16))
    assert "…" not in text
    assert text.count("0") >= sum(cell.count("0") for line in WIDE.rows for cell in line)
