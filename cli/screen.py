"""A table of a report on the terminal: nothing is cut, whatever its width."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Column
from rich.table import Table as RichTable

if TYPE_CHECKING:
    from ..training.experiments.experiment import Table

_UNBOUNDED = 10_000  # columns


def print_table(table: Table, console: Console) -> None:
    """Print a table, or, where that alone fits or is at least less wide, with its rows as columns."""
    drawn = _drawn(table.title, table.note, table.columns, table.rows)
    if _least_width(drawn, console) > console.width:
        head, *rest = zip(table.columns, *table.rows, strict=True)
        turned = _drawn(table.title, table.note, head, rest)
        drawn = min(drawn, turned, key=lambda each: _least_width(each, console))
    console.print(drawn)


def _drawn(title: str, note: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> RichTable:
    heads = (Column(escape(each), overflow="fold") for each in columns)
    shown = RichTable(*heads, title=escape(title), caption=escape(note) or None, box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for line in rows:
        shown.add_row(*map(escape, line))
    return shown


def _least_width(shown: RichTable, console: Console) -> int:
    """Return the width at which no word is cut."""
    return Measurement.get(console, console.options.update(width=_UNBOUNDED), shown).minimum
