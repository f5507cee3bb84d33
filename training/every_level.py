"""One trained network on every level: accuracy, activity, speed and time on the chip."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from ..cosim.fidelity import FIDELITIES, LEVELS
from ..errors import MissingToolError, StorageError
from .config import ExperimentConfig, changed
from .evaluate import TEST_TRIALS, Evaluation, evaluate
from .loop import build_model
from .problem import Encoded, Problem
from .run_folder import RunFolder
from .runs import load_trained

HANDFUL: Final = 5
"""Samples on level `rtl`, which simulates about one per second."""


def evaluate_every_level(path: Path, changes: dict[str, Any], samples: int | None) -> dict[str, Any]:
    """Test a run on every level; a level whose tools are missing is left out, and the result says why."""
    config = changed(RunFolder.open(path)[1], changes)
    torch.set_num_threads(1)
    problem, rows = Problem(config), []
    for level in FIDELITIES:
        count = min(HANDFUL, samples or HANDFUL) if LEVELS.get(level).handful else samples
        row: dict[str, Any] = {"fidelity": level}
        try:
            seen = _on_level(path, changed(config, {"fidelity": level}), problem, problem.split("test", count))
        except (MissingToolError, StorageError) as error:
            row["not_run"] = str(error)
        else:
            row |= _plain(seen)
        rows.append(row)
    return {"run": str(path), "die": config.die, "seed": config.seed, "levels": rows}


def _on_level(path: Path, config: ExperimentConfig, problem: Problem, data: Encoded) -> Evaluation:
    model = build_model(config, problem.inputs, problem.classes)
    load_trained(path, model)
    model.eval()
    with torch.no_grad():  # the first call loads compiled code, which the speed leaves out
        model(data.spikes.select(np.array([0])), np.array([TEST_TRIALS], np.uint64))
    return evaluate(model, data, config.training)


def _plain(seen: Evaluation) -> dict[str, Any]:
    return {
        "test_accuracy": round(seen.accuracy, 4), "samples": seen.samples,
        "hidden_spikes": round(seen.hidden_spikes, 3), "samples_per_s": round(seen.samples_per_s, 1),
        "chip_time_s": seen.chip_time_s, "counters": seen.counters,
    }  # fmt: skip
