"""What `inloop chip map` does: place a network, print what it uses of the chip, and draw where."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ..behavioral.bss2.spec import ChipSpec, chip_spec
from ..behavioral.network.topology import Topology
from ..cosim.bss2.chip_map import NOBODY, ChipMap, chip_map, drivers_by_bus, usage
from ..cosim.bss2.names import bus_names
from ..cosim.bss2.placement import Routing, route
from .commands import note, tell_followed
from .config import ExperimentConfig, load_config
from .figures import check_figure
from .figures.placement import draw_placement, names
from .loop import build_chip
from .problem import Problem
from .run_folder import RunFolder

LONGEST_NAME: Final = 255
"""Characters of the name of a file; what is longer is none."""


def show_map(what: str, chip: str | None, fields: dict[str, Any], out: Path, console: Console) -> dict[str, Any]:
    """Place the network of a run, a preset, or of sizes; see `inloop chip map`. Returns the closing result.

    Raises `DoesNotFitError` with the resource that runs out.
    """
    topology, spec = _network(what)
    design = chip_spec(chip) if chip else spec
    placed = route(topology, design.with_fields(**fields))
    tell_followed(design, fields, console)
    found = chip_map(placed)
    check_figure(out)
    draw_placement(found, out)
    used, on_buses = usage(found), _on_buses(found)
    _print(what, placed, used, on_buses, console)
    note(console, f"placement: {out}")
    return {
        "network": str(topology), "chip": placed.spec.name, "figure": str(out), "row_select_groups": placed.groups,
        "used": {use.resource: {"used": use.used, "available": use.available} for use in used}, "buses": on_buses,
    }  # fmt: skip


def _network(what: str) -> tuple[Topology, ChipSpec]:
    """Return the network and chip of a run folder or preset, or the network of these sizes on the default chip."""
    if re.fullmatch(r"[0-9][0-9r-]*", what) and (len(what) > LONGEST_NAME or not Path(what).exists()):
        return Topology.parse(what), chip_spec("bss2")
    config = RunFolder.open(Path(what))[1] if Path(what).is_dir() else load_config(what)
    return _topology(config), build_chip(config).spec


def _topology(config: ExperimentConfig) -> Topology:
    problem, hidden = Problem(config), tuple(config.network.hidden)
    return Topology(problem.inputs, hidden, problem.classes, (config.network.recurrent,) * len(hidden))


def _on_buses(found: ChipMap) -> list[dict[str, Any]]:
    """Return per bus its drivers in use, and the labels that each population sends."""
    drivers, rows = drivers_by_bus(found), []
    for bus, name in enumerate(bus_names(found.spec)):
        labels = {each: int((found.labels[bus] == k).sum()) for k, each in enumerate(names(found)[:-1])}
        free = int((found.labels[bus] == NOBODY).sum())
        rows.append({"bus": name, "drivers": int(drivers[bus]), "labels": labels, "labels_free": free})
    return rows


def _print(what: str, placed: Routing, used: list[Any], on_buses: list[dict[str, Any]], console: Console) -> None:
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
