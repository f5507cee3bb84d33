"""A run goes on with the configuration that it was trained with; what may differ is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inloop.errors import CheckpointError
from inloop.training.checkpoint import Checkpoint
from inloop.training.config import changed
from inloop.training.continued import check_continued

Make = Callable[..., Any]


def trained_with(config: Any, epochs: int = 2) -> Checkpoint:
    metrics = [{"epoch": float(k)} for k in range(epochs)]
    return Checkpoint("2-3-4", epochs, {}, {}, metrics, -1.0, config.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"die": 8}, "die 0 → 8"),
        ({"seed": 3}, "seed 0 → 3"),
        ({"fidelity": "event"}, "fidelity 'behavioral' → 'event'"),
        ({"training.learning_rate": 0.5}, "training.learning_rate 0.003 → 0.5"),
        ({"training.keep": "best"}, "training.keep 'last' → 'best'"),
        ({"chip.fields": {"readout_gain": 0.2}}, "chip.fields.readout_gain 0.15 → 0.2"),
        ({"chip.fields": {"readout_gain": 0.15, "tau_mem_s": 1e-5}}, "chip.fields.tau_mem_s None → 1e-05"),
        ({"network.hidden": [16, 5]}, r"network.hidden \[16\] → \[16, 5\]"),
        ({"die": 8, "training.epochs": 9}, "die 0 → 8; put it back"),
        (
            {"die": 1, "seed": 1, "duration_s": 1e-5, "training.batch": 1},
            " and 1 more; put it back, or begin a new run",
        ),
        ({"training.epochs": 1}, "for 2 epochs, more than training.epochs = 1"),
    ],
    ids=str,
)
def test_what_makes_another_experiment_is_refused(changes: dict[str, Any], words: str, make_config: Make) -> None:
    with pytest.raises(CheckpointError, match=words) as caught:
        check_continued(trained_with(make_config()), make_config(**changes), Path("runs/a"))
    assert "runs/a" in str(caught.value)


def test_what_may_change_is_said(make_config: Make) -> None:
    config = make_config()
    assert check_continued(trained_with(config), config, Path("a")) == []
    other = changed(config, {"name": "again", "training.epochs": 9})
    assert check_continued(trained_with(config), other, Path("a")) == [
        "name 'yin-yang' → 'again'", "training.epochs 2 → 9",
    ]  # fmt: skip


def test_before_the_first_epoch_everything_may_change(make_config: Make) -> None:
    assert check_continued(trained_with(make_config(), 0), make_config(die=5, fidelity="event"), Path("a")) == []


def test_checkpoints_from_before_the_configuration_was_kept(make_config: Make) -> None:
    old = Checkpoint(**{**vars(trained_with(make_config())), "config": None})
    assert check_continued(old, make_config(die=5), Path("a")) == []


@pytest.mark.parametrize("stored", [{}, {"die": []}, {"\x1b[31m": 1}])
def test_a_configuration_of_a_stranger(stored: dict[str, Any], make_config: Make) -> None:
    strange = Checkpoint(**{**vars(trained_with(make_config())), "config": stored})
    with pytest.raises(CheckpointError, match="the checkpoint of a has no valid configuration"):
        check_continued(strange, make_config(), Path("a"))


def test_an_edited_run_is_neither_trained_nor_changed(make_trainer: Make, tmp_path: Path) -> None:
    from inloop.training.runs import resumed_run

    trainer = make_trainer(tmp_path / "run", **{"training.epochs": 1})
    trainer.fit()
    file = tmp_path / "run" / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "die": 4}))
    before = {each.name: each.read_bytes() for each in (tmp_path / "run").iterdir()}
    with pytest.raises(CheckpointError, match="die 0 → 4"), resumed_run(tmp_path / "run"):
        pass
    assert {each.name: each.read_bytes() for each in (tmp_path / "run").iterdir()} == before
