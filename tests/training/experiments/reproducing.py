"""Experiments as the tests run them: what is missing, then the report."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from inloop.training.experiments.experiment import Settings, Table
from inloop.training.experiments.report import Section
from inloop.training.experiments.reproduction import begun, write_report
from inloop.training.experiments.runner import Work, run_all


class Reproduced(NamedTuple):
    failed: dict[str, str]
    page: Path
    sections: list[Section]

    @property
    def trials(self) -> dict[str, int]:
        """How many of each experiment have been reported."""
        return {each.experiment.name: each.trials for each in self.sections}

    @property
    def tables(self) -> list[Table]:
        return [table for each in self.sections for table in each.parts.tables]


def reproduce(name: str, settings: Settings, out: Path, jobs: int = 1) -> Reproduced:
    failed: dict[str, str] = {}

    def done(each: Work, problem: str | None) -> None:
        if problem is not None:
            failed[each.name] = problem

    with begun(name, settings, out, jobs) as pending:
        run_all(pending.work, pending.jobs, done)
        return Reproduced(failed, *write_report(pending.root, pending.names))


def report(out: Path) -> Reproduced:
    return Reproduced({}, *write_report(out))
