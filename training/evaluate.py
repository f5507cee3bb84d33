"""Accuracy, activity and speed of a network on a level."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from ..checks import checked
from ..errors import ConfigError
from ..scalars import whole
from . import progress
from .activity import Activity
from .decision import Rule, decide, decisive
from .in_the_loop import InTheLoop
from .problem import Encoded

TEST_TRIALS = 1 << 40  # noise counters of evaluations begin here, far from those of training


@dataclass(frozen=True)
class Evaluation:
    """accuracy: percent. hidden_spikes: per sample. chip_time_s: of the modelled chip. counters: of all samples."""

    accuracy: float
    hidden_spikes: float
    samples: int
    samples_per_s: float
    chip_time_s: float
    counters: dict[str, int] = field(default_factory=dict)


@checked
def accuracy(model: InTheLoop, data: Encoded) -> float:
    """Return the percentage of samples for which the readout decides for the label, as the model says."""
    return evaluate(model, data, meter=False).accuracy


@checked
@torch.no_grad()
def evaluate(
    model: InTheLoop,
    data: Encoded,
    rule: Rule | None = None,
    batch: int = 500,
    meter: bool = True,
    silenced: tuple[NDArray[np.bool_], ...] | None = None,
) -> Evaluation:
    """Run all samples of `data`; sample k meets the same noise in every evaluation.

    Warns (`InloopWarning`) of what cannot be meant, see `activity.py`. Raises `ConfigError` if there are no samples.
    rule: how the readout decides, by default as the model says. silenced: per hidden layer, neurons that must not fire.
    """
    rule = model if rule is None else rule
    batch = whole(batch, "batch")
    was_training = model.training
    model.eval()
    total, activity = data.spikes.samples, Activity()
    if not total:
        raise ConfigError("there are no samples to evaluate; take one at least")
    right, spikes, chip_time = 0, 0.0, 0.0
    counters: Counter[str] = Counter()
    begin = time.perf_counter()
    try:
        with progress.meter(model.fidelity, total, meter) as bar:
            for start in range(0, total, batch):
                index = np.arange(start, min(start + batch, total))
                held = None if silenced is None else tuple(np.tile(layer, (len(index), 1)) for layer in silenced)
                observed = model(data.spikes.select(index), (index + TEST_TRIALS).astype(np.uint64), held)
                decided = decide(decisive(observed, rule), rule.loss).cpu()
                right += int((decided == data.labels[start : start + len(index)]).sum())
                spikes += sum(float(counts.sum()) for counts in observed.spike_counts)
                if observed.observation is not None:
                    counters.update(observed.observation.counters)
                    activity.add(observed.observation)
                chip_time += len(index) * model.grid.duration_s
                bar.advance(len(index))
    finally:
        model.train(was_training)
    if silenced is None:
        model.watch.look(model)
        model.watch.judge(model, activity)
    seconds = time.perf_counter() - begin
    return Evaluation(100 * right / total, spikes / total, total, total / seconds, chip_time, dict(counters))
