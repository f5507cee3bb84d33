"""What levels are compared on, and what is kept of a comparison: plain values, and signals of the difference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..behavioral.numerics.streams import check_seed
from ..chips import design, parts_of
from ..cosim.agree import Comparison
from ..cosim.levels import DIGITAL
from ..cosim.trials import Subject, Trial, plan
from ..cosim.waves.window import COMMENT, Shown, Window, write_window
from ..files import check_replaceable, write_atomically
from .decision import decide
from .evaluate import TEST_TRIALS
from .loop import network_weights
from .registries import LOSSES
from .runs import open_trained


def plan_built_in(chip: str, levels: Sequence[str], samples: int, fine_steps: int | None, seed: int) -> list[Trial]:
    """Plan for the built-in networks of a chip preset; recurrent ones have to be exact in spite of the loop."""
    build = parts_of(design(chip)).part("cosim", "random_subject:random_subjects")
    subjects: list[Subject] = build(chip, samples, check_seed(seed))
    trials: list[Trial] = []
    for subject in subjects:
        if not any(subject.topology.recurrent):
            trials += plan(subject, levels, fine_steps)
            continue
        for exact in ([name for name in levels if name not in DIGITAL], [name for name in levels if name in DIGITAL]):
            if len(exact) > 1:
                trials += plan(subject, exact)
    return trials


def subject_of_run(path: Path, samples: int) -> Subject:
    """Return a trained network with its chip and the first test samples, which meet the noise of an evaluation."""
    _, config, problem, model = open_trained(path)
    spikes, loss = problem.split("test", samples).spikes, config.training.loss
    trials = (np.arange(spikes.samples) + TEST_TRIALS).astype(np.uint64)

    silent = model.silent_readout().numpy() if LOSSES.get(loss).from_rest else 0.0

    def decided(readout: Any) -> Any:
        return decide(torch.from_numpy(np.ascontiguousarray(readout - silent)), loss).numpy()

    weights = network_weights(model)
    return Subject(model.network.topology, weights, model.chip, model.grid, spikes, trials, decided, str(path))


def write_waves(each: Comparison, folder: Path, window: Window) -> Shown:
    """Write the signals of both levels into a folder, in the place of earlier ones only."""
    return write_window(each, folder, window, _write_own)


def _write_own(path: Path, write: Callable[[Path], None]) -> None:
    check_replaceable(path, COMMENT.encode())
    write_atomically(path, write)


def plain(each: Comparison) -> dict[str, Any]:
    """Return a comparison as plain values."""
    quantities = [
        {"name": q.name, "figure": q.figure, "compared": q.of, "tolerance": q.bound, "agrees": q.agrees}
        for q in each.quantities
    ]
    trial = each.trial
    return {
        "levels": list(trial.levels), "class": trial.kind, "network": trial.subject.name,
        "conditions": trial.conditions, "remark": trial.remark, "samples": trial.subject.spikes.samples,
        "agrees": each.agrees,
        "quantities": quantities, "first_difference": None if each.first is None else vars(each.first),
    }  # fmt: skip
