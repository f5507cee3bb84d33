"""What cannot be meant is warned of, once; numbers that are no longer finite end a training with layer and cause."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.cosim.chip import Chip
from inloop.errors import ConfigError, InloopWarning, LabelError, TrainingError
from inloop.training.activity import WINDOW
from inloop.training.divergence import wrong_loss, wrong_weights
from inloop.training.evaluate import accuracy
from inloop.training.in_the_loop import InTheLoop
from inloop.training.network import Network
from inloop.training.problem import Encoded

SAMPLES = 20


def model_with(**weights: Any) -> InTheLoop:
    return InTheLoop(Network(4, [6, 5], 3, **weights), Chip("tiny", noise="off"), duration_s=12e-6)


def inputs(per_sample: int = 20) -> SpikeBatch:
    rng, events = np.random.default_rng(0), SAMPLES * per_sample
    sample, unit = rng.integers(0, SAMPLES, events), rng.integers(0, 4, events)
    return SpikeBatch.from_events(sample, unit, rng.uniform(0, 9e-6, events), samples=SAMPLES, units=4)


SYMPTOMS: dict[str, tuple[dict[str, Any], int, str]] = {
    "no input": ({}, 0, "no input event reaches the chip in 20 samples"),
    "silent": ({"mean": -5.0, "scale": 0.1}, 20, "hidden layer 1 never fires, no hidden spikes of it in 20 samples"),
    "without bound": ({"mean": 300.0, "scale": 0.1}, 20, "hidden layer 1 fires without bound"),
}


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_an_evaluation_warns_once(symptom: str) -> None:
    weights, events, message = SYMPTOMS[symptom]
    model, data = model_with(**weights), Encoded(inputs(events), torch.zeros(SAMPLES, dtype=torch.int64))
    with pytest.warns(InloopWarning, match=message) as said:
        accuracy(model, data)
    assert len(said) == 1
    assert "\n" not in str(said[0].message)
    accuracy(model, data)  # warnings are errors here


def test_zero_codes_are_told_by_layer() -> None:
    model = model_with(mean=0.0, scale=1e-4)
    with pytest.warns(InloopWarning) as said:
        model(inputs())
    assert [str(each.message).split(",")[0] for each in said] == [
        "hidden layer 1 has only zero codes", "hidden layer 2 has only zero codes",
    ]  # fmt: skip


def test_a_training_of_ones_own_is_judged_after_many_samples() -> None:
    model = model_with(mean=-5.0, scale=0.5)
    for _ in range(WINDOW // SAMPLES - 1):
        model(inputs())
    with pytest.warns(InloopWarning, match=f"hidden layer 1 never fires, .* in {WINDOW:,} samples"):
        model(inputs())


def test_a_network_that_works_is_not_warned_of() -> None:
    model, data = model_with(mean=3.0), Encoded(inputs(), torch.zeros(SAMPLES, dtype=torch.int64))
    for _ in range(WINDOW // SAMPLES):
        model(inputs())
    accuracy(model, data)


def test_silence_that_is_asked_for_is_not_warned_of() -> None:
    from inloop.training.evaluate import evaluate

    data = Encoded(inputs(), torch.zeros(SAMPLES, dtype=torch.int64))
    evaluate(model_with(mean=3.0), data, meter=False, silenced=(np.ones(6, bool), np.ones(5, bool)))


def test_a_training_that_is_no_longer_finite_says_where_and_why(tmp_path: Path, make_trainer: Any) -> None:
    trainer = make_trainer(tmp_path / "run", **{"training.logit_scale": 1e30, "training.learning_rate": 1e10})
    with pytest.raises(
        TrainingError, match=r"^epoch 1, batch \d+: weights of .*: their gradient has reached"
    ) as caught:
        trainer.fit()
    assert len(str(caught.value)) < 300


def test_causes_are_told_apart() -> None:
    network, readout = Network(4, [6, 5], 3, True), torch.zeros(2, 3, 3)
    first, second, last = network.forward_weights
    assert wrong_weights(network, 0.1) is None
    assert "factor (logit_scale)" in wrong_loss(math.inf, readout, network, 0.1)
    assert "field of the chip" in wrong_loss(math.nan, readout * math.nan, network, 0.1)
    with torch.no_grad():
        last[0, 0] = 1e20
        assert "weights of the readout have grown to 1e+20, the learning rate of 0.1" in wrong_loss(
            math.nan, readout, network, 0.1
        )
        second[0, 0] = math.nan
        second.grad = torch.ones_like(second)
        said = wrong_weights(network, 1e38)
        assert said == "weights of hidden layer 2 are no longer finite: the learning rate of 1e+38 is too large"
        first[0, 0], first.grad = math.inf, torch.full_like(first, math.nan)
        assert "weights of hidden layer 1 are no longer finite: their gradient" in str(wrong_weights(network, 0.1))


def test_the_last_good_checkpoint_is_kept(tmp_path: Path, make_trainer: Callable[..., Any]) -> None:
    trainer = make_trainer(tmp_path / "run", training__epochs=3)
    weight = trainer.model.network.forward_weights[1]

    def spoil(_: Any) -> None:
        with torch.no_grad():
            weight[0, 0] = math.nan

    with pytest.raises((TrainingError, ConfigError), match=r"readout"):
        trainer.fit(spoil)
    content = torch.load(trainer.run.checkpoint, weights_only=True)
    assert content["epochs_done"] == 1
    assert all(torch.isfinite(value).all() for value in content["model"].values())


def test_a_gradient_that_is_not_finite_is_told_by_layer(tmp_path: Path, make_trainer: Callable[..., Any]) -> None:
    trainer = make_trainer(tmp_path / "run")
    trainer.model.network.forward_weights[0].register_hook(lambda grad: grad * math.inf)
    with pytest.raises(
        TrainingError, match=r"epoch 1, batch 1: weights of hidden layer 1 .*: their gradient has reached (inf|nan)"
    ):
        trainer.fit()


def test_nothing_cannot_be_evaluated() -> None:
    none = Encoded(inputs().select([]), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ConfigError, match="no samples to evaluate"):
        accuracy(model_with(), none)
    with pytest.raises(LabelError, match="1 labels for 20 samples"):
        Encoded(inputs(), torch.zeros(1, dtype=torch.int64))
