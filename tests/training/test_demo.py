"""What `make demo` trains: the loss that it shows falls, and the accuracy is that of the chip."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from inloop.training.config import load_config
from inloop.training.loop import Trainer, build_model
from inloop.training.problem import Problem
from inloop.training.run_folder import RunFolder

DIE = 7


def demo(folder: Path, **changes: object) -> Trainer:
    config = load_config("yin-yang", {"die": DIE, **{key.replace("__", "."): v for key, v in changes.items()}})
    problem = Problem(config)
    model = build_model(config, problem.inputs, problem.classes)
    return Trainer(config, problem, model, RunFolder.create(config, folder))


def test_learning_begins_at_once(tmp_path: Path) -> None:
    trainer = demo(tmp_path / "run", training__epochs=10)
    accuracy = trainer.fit().accuracy
    losses = [row["train_loss"] for row in trainer.metrics]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * losses[0]
    assert accuracy > 80


@pytest.mark.slow
def test_the_demonstration(tmp_path: Path) -> None:
    trainer = demo(tmp_path / "run")
    assert trainer.fit().accuracy >= 96
    losses = [row["train_loss"] for row in trainer.metrics]
    assert max(after - before for before, after in pairwise(losses)) < 0.05
    assert losses[-1] < 0.2 * losses[0]
