"""Results on disk: one folder per experiment, small enough to be kept under version control.

DIR/NAME/settings.json    how it was run: settings, command
DIR/NAME/trials/T.json    parameters, rows and versions of one finished trial; written by rename, so it is whole
DIR/NAME/results.csv      all rows, with the parameters of their trials; numbers to six digits
DIR/NAME/README.md        tables and figures; DIR/NAME/*.png
DIR/NAME/scratch/T/       files and log of a trial that runs or has failed; removed when it is done
DIR/report.html           all experiments of DIR, in one file

A folder may come from a stranger: what is read is checked first (`stored.py`).
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ...claim import Claim
from ...errors import CheckpointError, ConfigError, StorageError
from ...files import TEMPORARY, remove_leftovers, write_text
from .experiment import Experiment, Row, Settings, Trial
from .stored import Finished, StoredSettings, StoredTrial


class Store:
    """The folder of one experiment."""

    def __init__(self, root: Path, experiment: str) -> None:
        self.root, self.path = root, root / experiment

    @property
    def has_results(self) -> bool:
        """Whether an experiment was begun in the folder."""
        return (self.path / "settings.json").is_file()

    def check(self, settings: Settings) -> None:
        """Raise `ConfigError` if the folder holds results with other settings, or files of another origin."""
        if not self.has_results:
            if self.path.exists() and any(not each.name.startswith(TEMPORARY) for each in self.path.iterdir()):
                raise ConfigError(
                    f"{self.path} holds files that belong to no experiment; name another folder with --out"
                )
            return
        before = self.settings()
        if (before.quick, before.fidelity) != (settings.quick, settings.fidelity):
            words = f"{'quick' if before.quick else 'full'} settings at level {before.fidelity}"
            raise ConfigError(f"{self.path} holds results with {words}; name another folder with --out")

    def claim(self) -> Claim:
        """Return the right to write here. Raises `StorageError` if another process has it."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot write {self.path}: {error.strerror}; name another folder with --out") from None
        return Claim(self.path)

    def begin(self, settings: Settings, command: str, trials: Sequence[Trial]) -> list[Trial]:
        """Note how the experiment is run, clean up after killed processes, and return the trials that are missing.

        Raises as `check` and `read`.
        """
        self.check(settings)
        remove_leftovers(self.path, self.path / "trials")
        missing = [trial for trial in trials if self.read(trial) is None]
        content = {**asdict(settings), "command": command}
        write_text(self.path / "settings.json", json.dumps(content, indent=2) + "\n")
        for trial in trials:
            if trial not in missing:
                shutil.rmtree(self.work(trial), ignore_errors=True)
        return missing

    def settings(self) -> StoredSettings:
        """Return the content of settings.json. Raises `CheckpointError`."""
        return StoredSettings.read(self.path / "settings.json")

    def work(self, trial: Trial) -> Path:
        """Scratch folder of a trial."""
        return self.path / "scratch" / trial.name

    def write(self, done: Finished) -> None:
        """Keep the result of a trial, and drop its scratch. Raises `ValueError` for numbers that are not finite."""
        content = {
            "parameters": done.trial.parameters, "rows": done.rows, "seconds": round(done.seconds, 1),
            "versions": done.versions,
        }  # fmt: skip
        write_text(
            self.path / "trials" / f"{done.trial.name}.json", json.dumps(content, indent=1, allow_nan=False) + "\n"
        )
        shutil.rmtree(self.work(done.trial), ignore_errors=True)

    def read(self, trial: Trial) -> Finished | None:
        """Return the result of a trial, None if there is none. One of another version of the program counts.

        Raises `ConfigError` if it was run with other parameters, `CheckpointError` if it cannot be read.
        """
        path = self.path / "trials" / f"{trial.name}.json"
        if not path.exists():
            return None
        found = StoredTrial.read(path)
        if found.trial.parameters != trial.parameters:
            raise ConfigError(f"{path} was run with other parameters; delete it, or name another folder with --out")
        return found

    def finished(self) -> list[Finished]:
        """Return all finished trials, by name. Raises `CheckpointError` if one cannot be read."""
        return [StoredTrial.read(path) for path in sorted((self.path / "trials").glob("[!.]*.json"))]

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
    try:
        found = [(each, Store(root, name)) for name, each in known.items() if Store(root, name).has_results]
    except OSError as error:
        raise CheckpointError(f"cannot read {root}: {error.strerror}") from None
    if not found:
        raise CheckpointError(f"{root} holds no results; run inloop reproduce NAME --out {root}")
    return found


def _short(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value
