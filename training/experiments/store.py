"""Results on disk: one folder per experiment, small enough to be kept under version control.

DIR/NAME/settings.json    how it was run: settings, command
DIR/NAME/trials/T.json    parameters, rows and versions of one finished trial; written by rename, so it is whole
DIR/NAME/results.csv      all rows, with the parameters of their trials; numbers to six digits
DIR/NAME/README.md        tables and figures; DIR/NAME/*.png
DIR/NAME/scratch/T/       files and log of a trial that runs or has failed; removed when it is done
DIR/report.html           all experiments of DIR, in one file
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...errors import CheckpointError, ConfigError
from ..files import write_text
from .experiment import Experiment, Row, Settings, Trial
from .provenance import UNKNOWN


@dataclass(frozen=True)
class Finished:
    """A trial with its rows. seconds: processor time. versions: of the program that ran it."""

    trial: Trial
    rows: list[Row]
    seconds: float
    versions: dict[str, str]


class Store:
    """The folder of one experiment."""

    def __init__(self, root: Path, experiment: str) -> None:
        self.root, self.path = root, root / experiment

    def begin(self, settings: Settings, command: str) -> None:
        """Note how the experiment is run. Raises `ConfigError` if the folder holds one with other settings."""
        fixed = {"quick": settings.quick, "fidelity": settings.fidelity}
        if (self.path / "settings.json").exists():
            before = {name: self.settings().get(name) for name in fixed}
            if before != fixed:
                raise ConfigError(f"{self.path} holds results with {_words(before)}; name another folder with --out")
        content = {**asdict(settings), "command": command}
        write_text(self.path / "settings.json", json.dumps(content, indent=2) + "\n")

    def settings(self) -> dict[str, Any]:
        """Return the content of settings.json. Raises `CheckpointError`."""
        return _read(self.path / "settings.json")

    def work(self, trial: Trial) -> Path:
        """Scratch folder of a trial."""
        return self.path / "scratch" / trial.name

    def write(self, done: Finished) -> None:
        """Keep the result of a trial, and drop its scratch."""
        content = {
            "parameters": done.trial.parameters, "rows": done.rows, "seconds": round(done.seconds, 1),
            "versions": done.versions,
        }  # fmt: skip
        write_text(self.path / "trials" / f"{done.trial.name}.json", json.dumps(content, indent=1) + "\n")
        shutil.rmtree(self.work(done.trial), ignore_errors=True)

    def read(self, trial: Trial) -> Finished | None:
        """Return the result of a trial, None if there is none. One of another version of the program counts.

        Raises `ConfigError` if it was run with other parameters, `CheckpointError` if it cannot be read.
        """
        path = self.path / "trials" / f"{trial.name}.json"
        if not path.exists():
            return None
        found = _finished(path)
        if found.trial.parameters != trial.parameters:
            raise ConfigError(f"{path} was run with other parameters; delete it, or name another folder with --out")
        return found

    def finished(self) -> list[Finished]:
        """Return all finished trials, by name. Raises `CheckpointError` if one cannot be read."""
        return [_finished(path) for path in sorted((self.path / "trials").glob("*.json"))]

    def rows(self) -> list[Row]:
        """Return the rows of all finished trials, with their parameters."""
        return [{**done.trial.parameters, **row} for done in self.finished() for row in done.rows]

    def write_csv(self) -> None:
        """Write results.csv: made to be read, so numbers have six digits; the trials have all."""
        rows, text = [{name: _short(value) for name, value in row.items()} for row in self.rows()], io.StringIO()
        writer = csv.DictWriter(text, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_text(self.path / "results.csv", text.getvalue())


def stored(root: Path, known: dict[str, Experiment]) -> list[tuple[Experiment, Store]]:
    """Return the experiments that have results in a folder. Raises `CheckpointError` if there are none."""
    found = [(each, Store(root, name)) for name, each in known.items() if (root / name / "settings.json").exists()]
    if not found:
        raise CheckpointError(f"{root} holds no results; run inloop reproduce NAME --out {root}")
    return found


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def _finished(path: Path) -> Finished:
    content = _read(path)
    try:
        trial = Trial(path.stem, content["parameters"])
        return Finished(trial, content["rows"], content["seconds"], content.get("versions", UNKNOWN))
    except KeyError as error:
        raise CheckpointError(f"{path} has no {error}; delete it and run again") from None


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CheckpointError(f"cannot read {path}: {error}; delete it and run again") from None
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} is no JSON object; delete it and run again")
    return content


def _words(settings: dict[str, Any]) -> str:
    length = "quick" if settings["quick"] else "full"
    return f"{length} settings at level {settings['fidelity']}"
