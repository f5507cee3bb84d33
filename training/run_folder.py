"""The run folder: configuration, versions, metrics, checkpoints, hardware weights, figures.

config.json      resolved configuration, seeds included        checkpoint.pt   after the last whole epoch
versions.json    of inloop and what it stands on               best.pt         best on validation, if kept
metrics.csv      one row per epoch                             weights.npz     integers and scales per layer
result.json      the closing result                            figures/        PNG

A folder is a run from the moment when config.json is there, which is written last of what a run begins with.
"""

from __future__ import annotations

import csv
import io
import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from ..behavioral.design import Design
from ..behavioral.network.weights import NetworkWeights, layer_scales, to_codes
from ..claim import Claim
from ..errors import CheckpointError, ConfigError, StorageError, shown
from ..files import TEMPORARY, remove_leftovers, write_atomically, write_text
from .checkpoint import Checkpoint, save_checkpoint
from .config import ExperimentConfig, parse_config
from .reading import read_json

VERSION = 1
_PACKAGES = ("inloop", "numpy", "numba", "torch", "pydantic")
_START = f"{TEMPORARY}start.pt"  # the checkpoint to begin with, until there is a config.json


class RunFolder:
    """Paths and contents of one run."""

    def __init__(self, path: Path, was_there: bool = False) -> None:
        self.path, self._was_there = path, was_there
        self._claim: Claim | None = None

    @property
    def checkpoint(self) -> Path:
        """State after the last whole epoch."""
        return self.path / "checkpoint.pt"

    @property
    def best(self) -> Path:
        """State with the best validation accuracy."""
        return self.path / "best.pt"

    @property
    def figures(self) -> Path:
        """Folder of the figures."""
        return self.path / "figures"

    @property
    def has_trained(self) -> bool:
        """Whether there is, or must have been, the checkpoint of an epoch or of weights to begin with."""
        return self.checkpoint.exists() or any((self.path / name).exists() for name in ("metrics.csv", "result.json"))

    @classmethod
    def create(cls, config: ExperimentConfig, path: Path | None, start: Checkpoint | None = None) -> RunFolder:
        """Make a new folder, by default runs/NAME-LEVEL-dieD-seedS with a number if that exists.

        start: weights to begin with. Raises `ConfigError` if `path` holds a run or other files already, `StorageError`
        if it cannot be written, or if another process is at work in it.
        """
        try:
            run = cls(_numbered(config)) if path is None else cls._own(path)
            with Claim(run.path):
                _check_unused(run.path)
                remove_leftovers(run.path)
                run._begin(config, start)
        except OSError as error:
            raise StorageError(f"cannot write {path or 'runs'}: {error.strerror}; choose another folder") from None
        return run

    @classmethod
    def _own(cls, path: Path) -> RunFolder:
        """Make the folder that was asked for, if it is not there."""
        was_there = path.is_dir()
        path.mkdir(parents=True, exist_ok=True)
        return cls(path, was_there)

    def _begin(self, config: ExperimentConfig, start: Checkpoint | None) -> None:
        settings = {"run_version": VERSION, **config.model_dump(mode="json")}
        try:
            if start is not None:
                save_checkpoint(self.path / _START, start)
            self._write("config.json", json.dumps(settings, indent=2) + "\n")
            self._settle()
        except BaseException:
            self.discard()
            raise

    @classmethod
    def open(cls, path: Path) -> tuple[RunFolder, ExperimentConfig]:
        """Open an existing run. Raises `CheckpointError` if it is none, damaged, or of another version."""
        file = path / "config.json"
        try:
            values = read_json(file, "run")
        except FileNotFoundError:
            raise CheckpointError(f"{path} is no run folder: it has no config.json") from None
        found = values.pop("run_version", None)
        if found != VERSION or isinstance(found, bool):
            raise CheckpointError(
                f"{path} is a run of version {shown(found)}, this inloop reads {VERSION}; train again"
            )
        try:
            return cls(path), parse_config(values)
        except ConfigError as error:
            raise CheckpointError(f"{file}: {error}") from None

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Keep other processes out while this one trains, and end it if the folder is deleted meanwhile.

        Raises `StorageError` if another process is at work in the folder.
        """
        with Claim(self.path) as self._claim:
            try:
                self._settle()
                yield
            finally:
                self._claim = None

    def check(self) -> None:
        """Raise `StorageError` if the folder was claimed and has been deleted or replaced since."""
        if self._claim is not None:
            self._claim.check()

    def discard(self) -> None:
        """Take back a run that has no epoch."""
        for name in ("config.json", "versions.json", "checkpoint.pt", "best.pt", _START):
            with suppress(OSError):
                (self.path / name).unlink(missing_ok=True)
        if not self._was_there:
            with suppress(OSError):
                self.path.rmdir()  # what holds anything else stays
                Path("runs").rmdir()

    def save(self, path: Path, checkpoint: Checkpoint) -> None:
        """Write one of the checkpoints."""
        self.check()
        save_checkpoint(path, checkpoint)

    def write_metrics(self, rows: list[dict[str, float]]) -> None:
        """Write metrics.csv."""
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self._write("metrics.csv", text.getvalue())

    def write_result(self, result: dict[str, Any]) -> None:
        """Write result.json."""
        self._write("result.json", json.dumps(result, indent=2) + "\n")

    def write_weights(self, weights: NetworkWeights, spec: Design) -> None:
        """Write weights.npz: codes `forward_L`, `recurrent_L`, and `codes_per_unit` per layer."""
        scales = layer_scales(weights, spec)
        arrays: dict[str, Any] = {"codes_per_unit": np.array(scales)}
        for layer, (weight, scale) in enumerate(zip(weights.forward, scales, strict=True)):
            arrays[f"forward_{layer}"] = to_codes(weight, scale, spec.weight_max)
        for layer, own in enumerate(weights.recurrent):
            if own is not None:
                arrays[f"recurrent_{layer}"] = to_codes(own, scales[layer], spec.weight_max)
        self.check()
        write_atomically(self.path / "weights.npz", lambda path: np.savez_compressed(path, **arrays), folders=False)

    def _write(self, name: str, text: str) -> None:
        self.check()
        write_text(self.path / name, text, folders=False)

    def _settle(self) -> None:
        """Finish what a killed process may have left between config.json and its first epoch, and clean up."""
        with suppress(OSError):
            if not self.checkpoint.exists():
                (self.path / _START).replace(self.checkpoint)
        remove_leftovers(self.path, self.figures)
        if not (self.path / "versions.json").exists():
            self._write("versions.json", json.dumps(versions(), indent=2) + "\n")


def _numbered(config: ExperimentConfig) -> Path:
    """Make the first folder of the configuration's name that is not there: who has made it has it."""
    base = f"{config.name}-{config.fidelity}-die{config.die}-seed{config.seed}"
    Path("runs").mkdir(exist_ok=True)
    for number in count(1):
        path = Path("runs") / (base if number == 1 else f"{base}-{number}")
        with suppress(FileExistsError):
            path.mkdir()
            return path
    raise AssertionError


def _check_unused(path: Path) -> None:
    """Raise `ConfigError` if a folder holds more than what a killed process may have left before it was a run."""
    if (path / "config.json").exists():
        raise ConfigError(f"{path} holds a run already; continue it with --resume {path}, or name another folder")
    files = sorted(each.name for each in path.iterdir() if not each.name.startswith(TEMPORARY))
    if files:
        raise ConfigError(
            f"{path} holds files that belong to no run, such as {files[0]}; name a new or an empty folder"
        )


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
