"""What all commands print with: tables and notes for people, or one line of JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from ..errors import printable

if TYPE_CHECKING:
    from ..behavioral.design import Design

Result = dict[str, Any]


def console_for(as_json: bool) -> Console:
    """Return where tables and notes go: nowhere if only JSON is wanted."""
    return Console(quiet=as_json)


def close(result: Result, as_json: bool) -> None:
    """Print the closing result of a command, if JSON is wanted."""
    if as_json:
        print(json.dumps(result))


def note(console: Console, text: str) -> None:
    """Print one line as it is: neither wrapped nor taken for markup, so that paths can be copied."""
    console.print(printable(text, "\n"), markup=False, highlight=False, soft_wrap=True)


def tell_followed(design: Design, changes: dict[str, Any], console: Console, prefix: str = "") -> Result:
    """Print which fields of a design follow the changes, one a line; return `followed` with their values, if any do."""
    said, after = design.followed(**changes), design.with_fields(**changes)
    for sentence in said.values():
        note(console, prefix + sentence)
    return {"followed": {name: getattr(after, name) for name in said}} if said else {}


def print_closing(closing: Result, console: Console) -> None:
    """Print what a trained network is worth, and where its run lies."""
    table = Table("level", "die", "seed", "test accuracy", "hidden spikes", "samples/s", "chip time")
    table.add_row(
        closing["fidelity"],
        str(closing["die"]),
        str(closing["seed"]),
        f"[bold]{closing['test_accuracy']:.2f} %[/bold]",
        f"{closing['hidden_spikes']:.1f}",
        f"{closing['samples_per_s']:,.0f}",
        f"{closing['chip_time_s'] * 1e3:.1f} ms",
    )
    console.print(table)
    note(console, f"run folder: {closing['run']}")
