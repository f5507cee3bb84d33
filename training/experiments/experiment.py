"""What an experiment is: trials, how to run one, and what the results say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

Row = dict[str, Any]
"""Flat: names to numbers or strings."""


@dataclass(frozen=True)
class Settings:
    """quick: a short version that shows the method, not the figures. fidelity: level of what runs on the chip.
    seeds: repetitions; None: what the experiment is meant to have.
    """

    quick: bool = False
    fidelity: str = "behavioral"
    seeds: int | None = None

    def repetitions(self, full: int, quick: int = 2) -> range:
        """Return the seeds to run. Each is also the seed of a die."""
        return range(self.seeds or (quick if self.quick else full))


@dataclass(frozen=True)
class Trial:
    """One independent piece of work. name: also that of its file; parameters: all that it depends on."""

    name: str
    parameters: Row


@dataclass(frozen=True)
class Table:
    """Text in rows and columns; the first column names the row.

    note: what all figures have in common: repetitions, size of the test, loss, epochs; what ± is.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""


@dataclass(frozen=True)
class Plot:
    """A figure of 8 inches width. name: of its file, without ending. caption: what is seen and what it means."""

    name: str
    caption: str
    height_in: float
    fill: Callable[[Figure], None]


@dataclass(frozen=True)
class Parts:
    """What the results of an experiment say."""

    tables: Sequence[Table] = ()
    plots: Sequence[Plot] = ()


@dataclass(frozen=True)
class Experiment:
    """One experiment.

    source: the publication that it repeats. question: what is asked, and how it is answered. cost: time of the full
    and the quick settings, from the processor time of single trials. trials: lists the work for given settings. run:
    does one trial, with a folder of its own for what it may need when it is continued. parts: tables and figures from
    the rows of all finished trials, each merged into the parameters of its trial; some trials may be missing. levels:
    where it makes sense.
    """

    name: str
    title: str
    source: str
    question: str
    cost: str
    trials: Callable[[Settings], Sequence[Trial]]
    run: Callable[[Row, Path], list[Row]]
    parts: Callable[[list[Row]], Parts]
    levels: Sequence[str] = field(default=("behavioral", "event", "rtl", "verilog"))
