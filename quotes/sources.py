"""Tables by the name of a source: an experiment, a one-off measurement, a benchmark, the program itself."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from typing import Final

from ..errors import ConfigError
from ..training.experiments.experiment import Table
from ..training.experiments.registry import EXPERIMENTS
from ..training.experiments.store import Store
from .benchmarks import benchmark
from .markers import ROOT
from .program import program_tables

RESULTS: Final = ROOT / "docs" / "results"
PROBES: Final = RESULTS / "probes"
PROBE: Final = "probe "
FACTS: Final = ("what", "command", "commit", "date", "runs")
"""What a one-off measurement has to say of itself besides `columns` and `rows`; `before`: what has changed since."""


@cache
def tables(source: str) -> Sequence[Table]:
    """Return the tables of a source. Raises `ConfigError` if there is none of that name."""
    if source in EXPERIMENTS:
        return EXPERIMENTS[source].parts(Store(RESULTS, source).rows()).tables
    if source == "program":
        return program_tables(RESULTS)
    if source.startswith(PROBE):
        return [probe(source.removeprefix(PROBE))]
    if source.endswith(".csv"):
        return [benchmark(ROOT / "benchmarks" / "results" / source)]
    raise ConfigError(f"unknown source {source!r}; known: {', '.join(EXPERIMENTS)}, program, probe NAME, NAME.csv")


def probe(name: str) -> Table:
    """Return a one-off measurement: docs/results/probes/NAME.toml. Raises `ConfigError` if it does not say all."""
    path = PROBES / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
    if missing := [fact for fact in (*FACTS, "columns", "rows") if fact not in content]:
        raise ConfigError(f"{path} does not say {', '.join(missing)}")
    columns, rows = tuple(content["columns"]), [tuple(str(cell) for cell in row) for row in content["rows"]]
    if any(len(row) != len(columns) for row in rows):
        raise ConfigError(f"{path} has a row that does not fit its columns")
    since = f", before {content['before']}" if "before" in content else ""
    return Table(content["what"], columns, rows, f"{content['runs']}, at commit {content['commit']}{since}")
