"""Figures that the program itself says: time of its experiments, number of its seeded faults."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ..training.experiments.experiment import Table
from ..training.experiments.registry import EXPERIMENTS
from ..training.experiments.store import Store


def program_tables(results: Path) -> list[Table]:
    """Return the figures as tables of one row. results: folder of stored results."""
    return [_times(results), _faults()]


def _times(results: Path) -> Table:
    minutes = [sum(each.seconds for each in Store(results, name).finished()) / 60 for name in EXPERIMENTS]
    cells = (f"{sum(minutes) / 60:.1f}", f"{min(minutes):.0f}", f"{max(minutes):.0f}")
    return Table("processor time", ("hours", "shortest (min)", "longest (min)"), [cells])


def _faults() -> Table:
    """Count the faults that the tests of the checkout seed into the Verilog."""
    chip, hicann = (len(import_module(f"tests.cocotb.{name}").FAULTS) for name in ("bss2.faults", "bss1.faults"))
    levels = import_module("tests.cosim.faulty_agreement")
    hidden = len(levels.UNREACHABLE)
    cells = (chip, hicann, hidden, len(levels.SEEDED) - hidden)
    columns = ("of the chip", "of a HICANN", "out of reach of levels", "in reach of levels")
    return Table("seeded faults", columns, [tuple(str(cell) for cell in cells)])
