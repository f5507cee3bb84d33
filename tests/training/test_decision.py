"""Decisions that may take a time only, and what the loss sees of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.errors import ConfigError
from inloop.training.decision import MaxOverTime, decisive, first_spike_s
from inloop.training.evaluate import evaluate
from inloop.training.in_the_loop import Observed
from inloop.training.loop import loss_of

Make = Callable[..., Any]


def observed_of(first_s: list[float]) -> Any:
    """One sample per first spike; each has a second spike 1 µs later."""
    times = np.array([[t, t + 1e-6] for t in first_s]).ravel()
    sample = np.repeat(np.arange(len(first_s)), 2)
    spikes = SpikeBatch.from_events(sample, sample % 20, times, samples=len(first_s) + 1, units=20)
    model = inloop.InTheLoop(inloop.Network(20, 30, 5, mean=6.0), inloop.Chip("bss2", noise="off"))
    return model(spikes), model.grid


def test_time_counts_from_the_first_input_spike_of_each_sample() -> None:
    observed, grid = observed_of([0.1e-6, 3e-6, 9e-6])
    np.testing.assert_allclose(
        first_spike_s(observed.observation.inputs, grid.step_s), [0, 7 * grid.step_s, 21 * grid.step_s, 0]
    )
    seen = torch.isfinite(decisive(observed, MaxOverTime(decision_s=4e-6)))
    period_s = grid.sample_steps * grid.step_s
    expected = [int((first + 4e-6) / period_s) for first in (0, 7 * grid.step_s, 21 * grid.step_s, 0)]
    assert seen.all(dim=2).sum(dim=1).tolist() == seen.any(dim=2).sum(dim=1).tolist() == expected == [2, 4, 7, 2]
    assert decisive(observed, MaxOverTime(loss="max-over-time")) is observed.readout
    assert torch.equal(decisive(observed, MaxOverTime()), observed.from_rest)
    assert torch.isfinite(decisive(observed, MaxOverTime(decision_s=1e-9))).all(dim=2).sum(dim=1).tolist()[0] == 1


def test_later_records_get_no_gradient(make_config: Make) -> None:
    observed, _ = observed_of([0.1e-6, 3e-6])
    readout = observed.readout.detach().requires_grad_()
    config = make_config(training__decision_s=4e-6).training
    loss = loss_of(config, Observed(readout, observed.observation), torch.tensor([0, 1, 2]))
    loss.backward()
    assert torch.isfinite(loss)
    late = ~torch.isfinite(decisive(observed, config))
    assert late.any()
    assert float(readout.grad.abs().max()) > 0
    assert float(readout.grad[late].abs().max()) == 0


def test_more_time_makes_better_decisions(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 6, "training.samples": 1500, "network.hidden": [40]})
    whole = trainer.fit().accuracy
    data = trainer.problem.split("test", 500)
    rules = (MaxOverTime(time_s, trainer.config.training.loss) for time_s in (2e-6, 1))
    early, late = (evaluate(trainer.model, data, rule, meter=False).accuracy for rule in rules)
    assert early < 60 < whole
    assert late == evaluate(trainer.model, data, meter=False).accuracy


def test_training_for_early_decisions(make_trainer: Make, tmp_path: Path) -> None:
    options = {
        "training.epochs": 10, "training.samples": 3000, "network.hidden": [100], "encoding.t_late_s": 6e-6,
        "training.learning_rate": 5e-3,
    }  # fmt: skip
    rule, found = MaxOverTime(decision_s=5e-6), []
    for name, changes in (("late", {}), ("early", {"training.decision_s": 5e-6})):
        trainer = make_trainer(tmp_path / name, **options, **changes)
        trainer.fit()
        found.append(evaluate(trainer.model, trainer.problem.split("test"), rule, meter=False).accuracy)
    assert found[1] > found[0] + 10


def test_a_sum_is_not_restricted(make_config: Make) -> None:
    with pytest.raises(ConfigError, match="decision_s restricts max-over-time and max-from-rest"):
        make_config(training__decision_s=8e-6, training__loss="sum-over-time")


def test_silenced_neurons_in_an_evaluation(make_trainer: Make, tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path / "run")
    data = trainer.problem.split("test", 200)
    free = evaluate(trainer.model, data, meter=False)
    none, half, whole = (
        evaluate(trainer.model, data, meter=False, silenced=(np.arange(16) < count,)) for count in (0, 8, 16)
    )
    assert none.hidden_spikes == free.hidden_spikes > half.hidden_spikes > whole.hidden_spikes == 0
