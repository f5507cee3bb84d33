"""The run folder: configuration, versions, metrics, checkpoints, hardware weights, figures.

config.json      resolved configuration, seeds included        checkpoint.pt   after the last whole epoch
versions.json    of inloop and what it stands on               best.pt         best on validation, if kept
metrics.csv      one row per epoch                             weights.npz     integers and scales per layer
result.json      the closing result                            figures/        PNG
"""

from __future__ import annotations

import csv
import io
import json
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from ..behavioral.spec import ChipSpec
from ..behavioral.weights import NetworkWeights, layer_scales, to_codes
from ..errors import CheckpointError, ConfigError
from .config import ExperimentConfig, parse_config
from .files import write_atomically, write_text

VERSION = 1
_PACKAGES = ("inloop", "numpy", "numba", "torch", "pydantic")


class RunFolder:
    """Paths and contents of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path

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

    @classmethod
    def create(cls, config: ExperimentConfig, path: Path | None) -> RunFolder:
        """Make a new folder, by default runs/NAME-LEVEL-dieD-seedS with a number if that exists.

        Raises `ConfigError` if `path` holds a run already, `StorageError` if it cannot be written.
        """
        if path is None:
            base = f"{config.name}-{config.fidelity}-die{config.die}-seed{config.seed}"
            path = Path("runs") / base
            number = 2
            while path.exists():
                path = Path("runs") / f"{base}-{number}"
                number += 1
        elif (path / "config.json").exists():
            raise ConfigError(f"{path} holds a run already; continue it with --resume {path}, or name another folder")
        run = cls(path)
        settings = {"run_version": VERSION, **config.model_dump(mode="json")}
        write_text(path / "versions.json", json.dumps(versions(), indent=2) + "\n")
        write_text(path / "config.json", json.dumps(settings, indent=2) + "\n")
        return run

    @classmethod
    def open(cls, path: Path) -> tuple[RunFolder, ExperimentConfig]:
        """Open an existing run. Raises `CheckpointError` if it is none, damaged, or of another version."""
        file = path / "config.json"
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CheckpointError(f"{path} is no run folder: it has no config.json") from None
        except (OSError, ValueError) as error:
            raise CheckpointError(f"cannot read {file}: {error}") from None
        if not isinstance(values, dict):
            raise CheckpointError(f"{file} holds no run: it is no JSON object")
        found = values.pop("run_version", None)
        if found != VERSION:
            raise CheckpointError(f"{path} is a run of version {found}, this inloop reads {VERSION}; train again")
        try:
            return cls(path), parse_config(values)
        except ConfigError as error:
            raise CheckpointError(f"{file}: {error}") from None

    def write_metrics(self, rows: list[dict[str, float]]) -> None:
        """Write metrics.csv."""
        text = io.StringIO()
        if rows:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        write_text(self.path / "metrics.csv", text.getvalue())

    def write_result(self, result: dict[str, Any]) -> None:
        """Write result.json."""
        write_text(self.path / "result.json", json.dumps(result, indent=2) + "\n")

    def write_weights(self, weights: NetworkWeights, spec: ChipSpec) -> None:
        """Write weights.npz: codes `forward_L`, `recurrent_L`, and `codes_per_unit` per layer."""
        scales = layer_scales(weights, spec)
        arrays: dict[str, Any] = {"codes_per_unit": np.array(scales)}
        for layer, (weight, scale) in enumerate(zip(weights.forward, scales, strict=True)):
            arrays[f"forward_{layer}"] = to_codes(weight, scale, spec.weight_max)
        for layer, own in enumerate(weights.recurrent):
            if own is not None:
                arrays[f"recurrent_{layer}"] = to_codes(own, scales[layer], spec.weight_max)
        write_atomically(self.path / "weights.npz", lambda path: np.savez_compressed(path, **arrays))


def versions() -> dict[str, str]:
    """Return the versions that results depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}}
