"""Do the levels of the wafer agree? Class A, exact: levels with the digital path give the same bit for bit.

Compared are the spikes of all neurons with their cycles, the words that the host got with the cycles in which it took
them, and all counters of all chips, sample by sample.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...errors import ConfigError
from ..levels import DIGITAL
from ..quantities import Difference, Divergence, Quantity
from .chip import Wafer
from .configuration import Configuration
from .level import WaferLevel
from .levels import open_wafer
from .measured import COUNTERS, Measured

BATCH = 100


@dataclass(frozen=True, eq=False)
class WaferSubject:
    """What is run on both levels: a network with its configuration on a wafer, and its input. name: for people."""

    topology: Topology
    wafer: Wafer
    grid: TimeGrid
    configuration: Configuration
    spikes: GridEvents
    name: str


@dataclass(frozen=True, eq=False)
class WaferTrial:
    """Two levels on one subject."""

    levels: tuple[str, str]
    subject: WaferSubject
    kind: str = "A"
    conditions: str = "input as it is"
    remark: str = ""


@dataclass(frozen=True, eq=False)
class WaferComparison:
    """What was found."""

    trial: WaferTrial
    quantities: tuple[Quantity, ...]
    first: Divergence | None

    @property
    def agrees(self) -> bool:
        """Whether nothing differs."""
        return all(quantity.agrees for quantity in self.quantities)


def plan_wafer(subject: WaferSubject, levels: Sequence[str]) -> list[WaferTrial]:
    """Return what to compare. Raises `ConfigError` for fewer than two levels, and for those without a digital path."""
    chosen = [name for name in DIGITAL if name in levels]
    unknown = sorted(set(levels) - set(DIGITAL))
    if unknown or len(chosen) < 2:
        raise ConfigError(
            f"levels {','.join(levels)!r} of a wafer: agreement needs two different ones of {', '.join(DIGITAL)}"
        )
    return [WaferTrial((chosen[0], other), subject) for other in chosen[1:]]


def compare_wafer(trial: WaferTrial, advance: Callable[[int], None] = lambda _: None) -> WaferComparison:
    """Run one trial, batch by batch. advance: called with the number of samples that were compared."""
    subject = trial.subject
    one, two = (open_wafer(name, subject.topology, subject.wafer, subject.grid) for name in trial.levels)
    totals: tuple[Quantity, ...] = ()
    first: Divergence | None = None
    for start in range(0, subject.spikes.samples, BATCH):
        part = replace(subject.spikes, first=subject.spikes.first[start : start + BATCH])
        seen = [_measured(level, part, subject) for level in (one, two)]
        found = differences(seen[0], seen[1])
        quantities = tuple(quantity for quantity, _ in found)
        totals = tuple(a.merged(b) for a, b in zip(totals, quantities, strict=True)) if totals else quantities
        place = min((place for _, place in found if place is not None), default=None)
        if first is None and place is not None:
            first = replace(place, sample=start + place.sample)
        advance(part.samples)
    return WaferComparison(trial, totals, first)


def _measured(level: WaferLevel, spikes: GridEvents, subject: WaferSubject) -> Measured:
    seen = level.run(spikes, subject.configuration).measured
    assert seen is not None  # all levels with a digital path measure
    return seen


def differences(one: Measured, two: Measured) -> list[Difference]:
    """Compare two batches bit for bit."""
    spikes, words = (one.spikes(), two.spikes()), (one.words(), two.words())
    over = 1 + max(int(rows[:, 2].max(initial=0)) for rows in (*spikes, *words))
    return [
        _rows("spikes", "spike", *spikes, "circuit {}"),
        _rows("words to the host", "word", *words, "{:#x}"),
        _counters(one.registers, two.registers, over),
    ]


def _rows(plural: str, single: str, one: NDArray[Any], two: NDArray[Any], shown: str) -> Difference:
    """Compare rows of sample, chip, cycle, value."""
    a, b = ({tuple(row) for row in rows.tolist()} for rows in (one, two))
    quantity = Quantity(f"{plural} that differ", "count", 0, len(a ^ b), max(len(a), len(b)))
    if not a ^ b:
        return quantity, None
    sample, chip, cycle, value = row = min(a ^ b, key=lambda row: (row[0], row[2]))
    values = tuple(single if row in rows else f"no {single}" for rows in (a, b))
    place = f"chip {chip}, {shown.format(value)}"
    return quantity, Divergence(sample, cycle, "cycle", single, place, values)  # type: ignore[arg-type]


def _counters(one: NDArray[Any], two: NDArray[Any], over: int) -> Difference:
    """Compare registers, which are read when all is `over`: the cycle after the last event."""
    differ = np.argwhere(one != two)
    quantity = Quantity("counters that differ", "count", 0, len(differ), one.size)
    if not len(differ):
        return quantity, None
    sample, chip, bank, entity = at = tuple(differ[0].tolist())
    values = str(one[at]), str(two[at])
    name = f"counter {COUNTERS[bank]}[{entity}]"
    return quantity, Divergence(sample, over, "cycle", name, f"chip {chip}", values)
