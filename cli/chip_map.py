"""`inloop chip map`: place a network, print what it uses of the chip, and draw where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from .options import Json, change_of_the_chip
from .output import close, console_for, note, tell_followed

if TYPE_CHECKING:
    from ..cosim.bss2.chip_map import ChipMap, Use
    from ..cosim.bss2.placement import Routing


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
    from ..behavioral.bss2.spec import chip_spec
    from ..cosim.bss2.chip_map import chip_map as map_of
    from ..cosim.bss2.chip_map import usage
    from ..cosim.bss2.placement import route
    from ..training.config import parse_changes
    from ..training.figures import check_figure
    from ..training.figures.placement import draw_placement
    from ..training.placement import network_named

    fields, console = parse_changes(changes or []), console_for(as_json)
    topology, own = network_named(what)
    design = chip_spec(preset) if preset else own
    placed = route(topology, design.with_fields(**fields))
    tell_followed(design, fields, console)
    found = map_of(placed)
    check_figure(out)
    draw_placement(found, out)
    used, on_buses = usage(found), _on_buses(found)
    _print(what, placed, used, on_buses, console)
    note(console, f"placement: {out}")
    result = {
        "network": str(topology), "chip": placed.spec.name, "figure": str(out), "row_select_groups": placed.groups,
        "used": {use.resource: {"used": use.used, "available": use.available} for use in used}, "buses": on_buses,
    }  # fmt: skip
    close(result, as_json)


def _on_buses(found: ChipMap) -> list[dict[str, Any]]:
    """Return per bus its drivers in use, and the labels that each population sends."""
    from ..cosim.bss2.chip_map import NOBODY, drivers_by_bus
    from ..cosim.bss2.names import bus_names
    from ..training.figures.placement import names

    drivers, rows = drivers_by_bus(found), []
    for bus, name in enumerate(bus_names(found.spec)):
        labels = {each: int((found.labels[bus] == k).sum()) for k, each in enumerate(names(found)[:-1])}
        free = int((found.labels[bus] == NOBODY).sum())
        rows.append({"bus": name, "drivers": int(drivers[bus]), "labels": labels, "labels_free": free})
    return rows


def _print(what: str, placed: Routing, used: Sequence[Use], on_buses: list[dict[str, Any]], console: Console) -> None:
    of = "" if what == str(placed.topology) else f" ({escape(what)})"
    title = f"{placed.topology}{of} on chip {placed.spec.name}"
    table = Table("resource", *_numbers("used", "of", "share"), title=title)
    for use in used:
        table.add_row(use.resource, f"{use.used:,}", f"{use.available:,}", f"{100 * use.used / use.available:.0f} %")
    console.print(table)
    senders = list(on_buses[0]["labels"])
    columns = _numbers("drivers", *(f"labels of {name}" for name in senders), "labels free")
    buses = Table("bus", *columns, title=f"row-select groups per bus: {placed.groups}")
    for row in on_buses:
        buses.add_row(row["bus"], *(str(n) for n in (row["drivers"], *row["labels"].values(), row["labels_free"])))
    console.print(buses)


def _numbers(*heads: str) -> list[Column]:
    return [Column(head, justify="right") for head in heads]
