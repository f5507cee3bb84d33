"""The repaired network of BrainScaleS-1 on all levels: accuracy, what is lost where, and whether they agree."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from ...cosim.bss1.agreement import differences
from ...cosim.bss1.chip import Bss1Chip
from ...cosim.observation import Observation
from ..datasets.reduced import reduced
from ..rates.loop import repair
from ..rates.on_wafer import OnWafer, converted
from ..rates.relu import accuracy, train_relu
from ..rates.task import RateTask
from .experiment import Row, Table
from .statistics import distinct, pick

REFERENCE: Final = "event"
"""The level that others with the digital path are compared with."""
AT_ONCE: Final = 100
STAGES: Final = {
    "distributor": ("distributor",),
    "release buffers": ("link_closed", "link_expired", "link_full", "link_collided", "link_refused"),
    "encoders": ("encoder_lost",),
    "mergers": ("encoder_overwritten", "background_overwritten"),
    "link out": ("out_lost",),
}
"""Stages of the table by the counters that they sum, from the inputs to the host."""


def lost_percent(seen: Observation) -> float:
    """Return the share of the neurons' spikes that do not reach the host, as a level with the digital path saw them."""
    lost = sum(seen.counters[name] for name in ("encoder_lost", "encoder_overwritten", "out_lost"))
    return 100 * lost / max(seen.counters["spikes"], 1)


def levels_compared(task: RateTask, die: int, parameters: Row) -> list[Row]:
    """Repair a network, then show the images of an iteration to all levels, to the slow ones the first of them.

    One row per level; for those with a digital path another one with what differs from `REFERENCE`.
    """
    train = reduced("mnist", "train", task.side, task.margin, task.digits)
    software = train_relu(train.images, train.labels, task.topology.sizes, task.epochs, seed=0)
    wafer, write = Bss1Chip(die=die, writes=parameters["write"]), parameters["write"]
    network, weights = converted(task, wafer, software, train.images)
    for each in repair(network, weights, train.images, train.labels, parameters["iterations"], write):
        weights = each.parameters
    images, labels = train.images[: task.batch], train.labels[: task.batch]
    sizes = {"behavioral": len(images), REFERENCE: len(images), **{k: parameters[k] for k in ("verilog", "rtl")}}
    found: dict[str, list[Observation]] = {}
    for name, size in sizes.items():
        if size:
            on = OnWafer(task, wafer, network.scales, name)
            parts = [(start, min(start + AT_ONCE, size)) for start in range(0, size, AT_ONCE)]
            found[name] = [on.observed(weights, images[a:b], write, a)[1] for a, b in parts]
    rows: list[Row] = [_level(name, seen, labels) for name, seen in found.items()]
    return rows + [
        _agreement(name, found[REFERENCE], seen) for name, seen in found.items() if name in ("verilog", "rtl")
    ]


def _level(name: str, seen: list[Observation], labels: Any) -> Row:
    counts = np.concatenate([each.counts()[-1] for each in seen])
    names = {name for names in STAGES.values() for name in names} | {"input_events", "spikes", "recorded"}
    totals = {key: sum(each.counters.get(key, 0) for each in seen) for key in sorted(names)}
    return {"row": "level", "level": name, "images": len(counts), "accuracy": accuracy(counts, labels[: len(counts)]),
            **totals}  # fmt: skip


def _agreement(name: str, reference: list[Observation], seen: list[Observation]) -> Row:
    """Add up what differs, batch by batch."""
    row: Row = {"row": "agreement", "level": name, "images": sum(len(each.counts()[0]) for each in seen)}
    for one, two in zip(reference, seen, strict=False):
        for quantity, _ in differences(one.raw.head(len(two.raw.word)), two.raw):
            for key, amount in ((quantity.name, quantity.amount), (f"of {quantity.name}", quantity.of)):
                row[key] = row.get(key, 0) + amount
    return row


def level_tables(rows: list[Row]) -> list[Table]:
    """Return the tables of each repaired network; none without its rows."""
    networks = sorted(distinct(rows, "network"), key=len)
    return [table for network in networks for table in _tables(network, pick(rows, network=network))]


def _tables(network: str, rows: list[Row]) -> list[Table]:
    levels, agreements = pick(rows, row="level"), pick(rows, row="agreement")
    lines = []
    for row in levels:
        digital = row["level"] != "behavioral"
        per_image = [f"{row[name] / row['images']:.1f}" for name in ("input_events", "spikes")]
        lost = [f"{_percent(row, names):.3f}" if digital else "–" for names in STAGES.values()]
        recorded = f"{row['recorded'] / row['images']:.1f}" if digital else "–"
        lines.append((row["level"], f"{row['images']:,}", f"{row['accuracy']:.1f}", *per_image, recorded, *lost))
    columns = ("level", "images", "accuracy (%)", "inputs per image", "spikes", "recorded", *STAGES)
    title = f"{network}, repaired, at all levels; lost in each stage, in % of inputs or spikes"
    note = "One network, the first images of the training set, as in an iteration: no test accuracy."
    tables = [Table(title, columns, lines, note)]
    lines = []
    for row in agreements:
        figures = [f"{row[name]:,.0f} of {row[f'of {name}']:,.0f}" for name in _compared(row)]
        verdict = "differ" if any(row[name] for name in _compared(row)) else "agree"
        lines.append((f"{REFERENCE} and {row['level']}", f"{row['images']:,}", *figures, verdict))
    if agreements:
        columns = ("levels", "images", *_compared(agreements[0]), "class A")
        tables.append(Table(f"{network}: levels with the digital path, bit by bit", columns, lines))
    return tables


def _compared(row: Row) -> list[str]:
    return [name.removeprefix("of ") for name in row if name.startswith("of ")]


def _percent(row: Row, names: tuple[str, ...]) -> float:
    """Return losses in percent of what enters: inputs before the tree, spikes behind it."""
    inputs = names[0].startswith(("link", "distributor"))
    lost = sum(int(row[name]) for name in names)
    return 100 * lost / max(int(row["input_events" if inputs else "spikes"]), 1)
