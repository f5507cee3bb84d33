"""What the benchmarks wrote to benchmarks/results, as tables."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from ..errors import ConfigError
from ..training.experiments.experiment import Table

Rows = list[dict[str, str]]


def benchmark(path: Path) -> Table:
    """Return a file of results as a table. Raises `ConfigError` if it cannot be read."""
    try:
        rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        return _SHOWN.get(path.name, _plain)(rows)
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
    except KeyError as error:
        raise ConfigError(f"{path} has no column {error}; run the benchmark that writes it again") from None


def _plain(rows: Rows) -> Table:
    return Table("", tuple(rows[0]), [tuple(_number(cell) for cell in row.values()) for row in rows])


def _number(text: str) -> str:
    return f"{int(text):,}" if text.isdecimal() else text


def _compared(rows: Rows) -> Table:
    """Return speeds on the longer task beside those of this library."""
    steps = max(int(row["steps"]) for row in rows)
    own = [row for row in rows if int(row["steps"]) == steps]
    (here,) = (row for row in own if row["contestant"] == "inloop")
    lines = []
    for row in own:
        cells = [f"{row['contestant']} {row['version'].split('+')[0]}"]
        for kind in ("infer", "train"):
            cells += [f"{float(row[kind]):,.0f}", f"{float(here[kind]) / float(row[kind]):.1f} ×"]
        lines.append((*cells, f"{row['peak_mb']} MB"))
    columns = (f"samples/s, {steps} steps", "inference", "inloop is", "training step", "inloop is", "peak memory")
    return Table("", columns, lines)


_LOSSES: Final = (
    ("encoders", "encoders", "any number of blocks on a line", "512 neurons, 1 blocks on a line"),
    ("background mergers", "background mergers, from encoders", "2 blocks", "512 neurons, 2 blocks on a line"),
    ("background mergers", "background mergers, from encoders", "4 blocks", "512 neurons, 4 blocks on a line"),
    ("background mergers", "background mergers, from encoders", "8 blocks", "512 neurons, 8 blocks on a line"),
    ("link out", "link out", "all spikes recorded", "512 neurons, 1 blocks on a line"),
    ("distributor", "distributor", "64 sources, 1 channel", "64 sources on 1 channels"),
    ("distributor", "distributor", "512 sources, 8 channels", "512 sources on 8 channels"),
    ("release buffers", "release buffers", "64 sources, 1 channel", "64 sources on 1 channels"),
    ("release buffers", "release buffers", "512 sources, 8 channels", "512 sources on 8 channels"),
)
"""Stage as shown, column of the file, case as shown, case of the file."""


def _losses(rows: Rows) -> Table:
    """Return what each stage of the path of a HICANN loses, in percent, rate by rate."""
    rates = sorted({float(row["rate_hz"]) for row in rows})
    at = {(row["case"], float(row["rate_hz"])): row for row in rows}
    lines = [
        (stage, shown, *(at[case, rate][column] for rate in rates)) for stage, column, shown, case in _LOSSES
    ]  # fmt: skip
    return Table("", ("lost (%)", "rate in biological time", *(f"{rate:g} Hz" for rate in rates)), lines)


def _crossings(rows: Rows) -> Table:
    """Return what placing crossings within their step brings and costs."""
    columns = ("network", "crossings placed", "hidden spikes, `behavioral`", "`event`", "spikes without partner (%)",
               "equal decisions (%)", "CPU µs a sample, `ideal`", "`behavioral`")  # fmt: skip
    names = ("network", "placed", "spikes_behavioral", "spikes_event", "unpaired_percent", "equal_decisions_percent",
             "cpu_us_ideal", "cpu_us_behavioral")  # fmt: skip
    return Table("", columns, [tuple(row[name] for name in names) for row in rows])


_SHOWN: Final[dict[str, Callable[[Rows], Table]]] = {
    "compare.csv": _compared, "bss1_losses.csv": _losses, "crossings.csv": _crossings,
}  # fmt: skip
