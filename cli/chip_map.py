"""`inloop chip map`: place a network, print what it uses of the chip, and draw where."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from .options import Json, change_of_the_chip, parse_changes
from .output import close, console_for, note, tell_followed

if TYPE_CHECKING:
    from ..cosim.chip_map import Mapped


def chip_map(
    what: Annotated[
        str, typer.Argument(metavar="RUN|PRESET|SIZES", help="Run folder, preset, or sizes; 70-186r-20: recurrent.")
    ],
    preset: Annotated[str | None, typer.Option("--chip", help="Chip preset; default: the chip of the run.")] = None,
    changes: Annotated[list[str] | None, change_of_the_chip("rows=128")] = None,
    out: Annotated[Path, typer.Option(help="PNG file for the figure.")] = Path("chip-map.png"),
    as_json: Json = False,
) -> None:
    """Place a network on the chip, print what it uses of what there is, and draw where.

    [bold]inloop chip map mnist[/bold]  draws the rows, columns, buses, labels and crossbar nodes of a preset.
    [bold]inloop chip map 70-186r-20 --out map.png[/bold]  asks whether a network fits; r marks a recurrent layer.
    """
    from ..chips import design
    from ..cosim.chip import Chip
    from ..cosim.chip_map import mapped
    from ..training.figures import check_figure
    from ..training.figures.placement import draw_map
    from ..training.placement import network_named

    fields, console = parse_changes(changes or []), console_for(as_json)
    topology, own = network_named(what)
    before = design(preset) if preset else own.spec
    chip = Chip(before.with_fields(**fields)) if preset or fields else own
    found = mapped(topology, chip)
    tell_followed(before, fields, console)
    check_figure(out)
    draw_map(found, out)
    _print(what, found, console)
    note(console, f"placement: {out}")
    used = {use.resource: {"used": use.used, "available": use.available} for use in found.used}
    close({"network": str(topology), "chip": found.chip, "figure": str(out), "used": used, **found.details}, as_json)


def _print(what: str, found: Mapped, console: Console) -> None:
    of = "" if what == str(found.topology) else f" ({escape(what)})"
    table = Table("resource", *_numbers("used", "of", "share"), title=f"{found.topology}{of} on chip {found.chip}")
    for use in found.used:
        table.add_row(use.resource, f"{use.used:,}", f"{use.available:,}", f"{100 * use.used / use.available:.0f} %")
    console.print(table)
    parts = Table(found.heads[0], *_numbers(*found.heads[1:]), title=found.title)
    for row in found.rows:
        parts.add_row(*map(str, row))
    console.print(parts)


def _numbers(*heads: str) -> list[Column]:
    return [Column(head, justify="right") for head in heads]
