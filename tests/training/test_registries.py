"""Data sets, encodings, losses and more of one's own, in the trainer that the command line uses."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.cosim.observation import Observation
from inloop.errors import ConfigError
from inloop.training.checkpoint import load_checkpoint
from inloop.training.config import changed, load_config, parse_config
from inloop.training.datasets.data_set import DataSet
from inloop.training.datasets.samples import Features
from inloop.training.encodings.encoding import Augmentation, Encoding
from inloop.training.encodings.latency import LatencyEncoding
from inloop.training.encodings.spike_time import SpikeTimeEncoding
from inloop.training.estimators import Estimator
from inloop.training.fields import Positive
from inloop.training.keep import Keep
from inloop.training.loop import Trainer, build_model
from inloop.training.losses import Loss
from inloop.training.problem import Problem
from inloop.training.registries import DATASETS, ENCODINGS, ESTIMATORS, KEEPS, LOSSES, SCHEDULES
from inloop.training.run_folder import RunFolder

REGISTRIES = DATASETS, ENCODINGS, ESTIMATORS, KEEPS, LOSSES, SCHEDULES


class Halves(DataSet):
    """Features that are large on one side or the other."""

    gives = Features

    def read(self, split: str, hold_out: bool) -> Features:  # noqa: ARG002
        rng = np.random.default_rng(len(split))
        labels = rng.integers(0, 2, 80)
        return Features(self.name, rng.uniform(0, 0.5, (80, 6)) + (np.arange(6) // 3 == labels[:, None]) / 2, labels, 2)


class RegularEncoding(Encoding):
    """Large features spike, at the same time."""

    takes = Features

    kind: Literal["regular"] = "regular"
    at_s: Positive = 2e-6

    def encode(self, samples: Features, window_s: float, augmentation: Augmentation | None = None) -> SpikeBatch:  # noqa: ARG002
        sample, unit = np.nonzero(np.tile(samples.values() > 0.5, 4))
        return SpikeBatch.from_events(
            sample, unit, np.full(len(unit), self.at_s), samples=len(samples), units=4 * samples.inputs.shape[1]
        )


class HalfGradient(Estimator):
    """Told of spikes alone, and counts how often."""

    membranes = False

    def __init__(self) -> None:
        self.calls = 0

    def told(self, seen: Observation) -> Observation:
        self.calls += 1
        return seen


def squares(readout: torch.Tensor, labels: torch.Tensor, logit_scale: float) -> torch.Tensor:
    wanted = torch.nn.functional.one_hot(labels, readout.shape[2])
    return (logit_scale * readout.mean(dim=1) - wanted).square().sum(dim=1).mean()


HALVES = Halves("halves", ("left", "right"))
SQUARES = Loss(squares, lambda readout: readout.mean(dim=1), logit_scale=2.0, from_rest=True)
CONFIG = """
dataset = "halves"
encoding.kind = "regular"
network.hidden = [12]
training = { epochs = 8, batch = 20, loss = "squares", gradient = "half", schedule = "warm", learning_rate = 3e-2 }
"""


@pytest.fixture
def own() -> Iterator[HalfGradient]:
    """Register what a script would; return the estimator."""
    estimator = HalfGradient()
    DATASETS.register("halves", HALVES)
    ENCODINGS.register("regular", RegularEncoding)
    LOSSES.register("squares", SQUARES)
    ESTIMATORS.register("half", estimator)
    SCHEDULES.register("warm", lambda done: min(1.0, 0.1 + done))
    KEEPS.register("fewest-spikes", Keep(lambda metrics: -metrics["hidden_spikes"]))
    yield estimator
    for registry in REGISTRIES:
        registry._added.clear()


@pytest.fixture
def config(own: HalfGradient, tmp_path: Path) -> Any:  # noqa: ARG001
    (tmp_path / "own.toml").write_text(CONFIG)
    return load_config(str(tmp_path / "own.toml"))


def trainer_of(config: Any, folder: Path) -> Trainer:
    problem = Problem(config)
    model = build_model(config, problem.inputs, problem.classes)
    return Trainer(config, problem, model, RunFolder.create(config, folder))


def test_all_of_ones_own_is_trained(config: Any, own: HalfGradient, tmp_path: Path) -> None:
    trainer = trainer_of(config, tmp_path / "run")
    assert (trainer.problem.inputs, trainer.problem.classes, config.training.logit_scale) == (24, 2, 2.0)
    result = trainer.fit()
    assert result.accuracy > 90
    assert own.calls == 8 * 4, "once per batch"
    rates = [row["learning_rate"] for row in trainer.metrics]
    assert rates == pytest.approx([3e-2 * min(1, 0.1 + done / 32) for done in range(3, 32, 4)])
    assert RunFolder.open(tmp_path / "run")[1] == config


def test_weights_are_kept_by_ones_own_rule(config: Any, tmp_path: Path) -> None:
    trainer = trainer_of(changed(config, {"training.keep": "fewest-spikes"}), tmp_path / "run")
    trainer.fit()
    spikes = [row["hidden_spikes"] for row in trainer.metrics]
    fewest = int(np.argmin(spikes))
    assert fewest < len(spikes) - 1, "the case must be one where it is not the last epoch"
    kept = load_checkpoint(trainer.run.best, str(trainer.model.network.topology))
    assert (kept.epochs_done, kept.best) == (fewest + 1, -spikes[fewest])
    assert all(torch.equal(weight, kept.model[name]) for name, weight in trainer.model.state_dict().items())


def test_the_command_line_trains_it(config: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.cli import main

    assert config.encoding.at_s == 2e-6
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["inloop", "train", "own.toml", "--run", "run", "--no-figures"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert json.loads((tmp_path / "run" / "result.json").read_text())["test_accuracy"] > 90


def test_a_configuration_keeps_the_fields_of_the_encoding(config: Any) -> None:
    values = config.model_dump(mode="json")
    assert values["encoding"] == {"kind": "regular", "at_s": 2e-6}
    assert parse_config(values) == config


@pytest.mark.usefixtures("config")
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"encoding.at_s": -1.0}, r"^encoding.at_s: Input should be greater than 0 \(got -1.0\)$"),
        ({"encoding.at": 1.0}, "^unknown field 'encoding.at'"),
        ({"encoding.kind": "odd"}, "^encoding: unknown encoding 'odd'; known: latency, .*, regular"),
        ({"training.loss": "mse"}, "^training.loss: unknown loss 'mse'; known: max-over-time, .*, squares"),
        ({"dataset": "quarters"}, "^dataset: unknown data set 'quarters'; known: yin-yang, .*, halves"),
        ({"training.gradient": "third"}, "^training.gradient: unknown gradient 'third'; known: measured, .*, half"),
        ({"training.decision_s": 5e-6}, "decision_s restricts max-over-time and max-from-rest"),
    ],
)
def test_messages_name_ones_own(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config(str(tmp_path / "own.toml"), changes)


def test_objects_go_where_names_go() -> None:
    data = inloop.load_data(HALVES, "train", encoding=RegularEncoding(), duration_s=11.6e-6)
    estimator = HalfGradient()
    model = inloop.InTheLoop(
        inloop.Network(24, 12, 2), inloop.Chip(die=1), duration_s=11.6e-6, gradient=estimator, loss=SQUARES
    )
    for spikes, labels in data.batches(40):
        SQUARES(model(spikes).from_rest, labels).backward()
    assert estimator.calls == 2
    found = inloop.accuracy(model, data)
    model.loss = replace(SQUARES, scores=lambda readout: -readout.mean(dim=1))
    assert inloop.accuracy(model, data) == 100 - found
    model.loss = "sum-from-rest"
    assert inloop.accuracy(model, data) == found, "both decide by the mean"
    model.loss = "max-over-time"
    assert inloop.accuracy(model, data) >= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: inloop.load_data(HALVES), "data set 'halves' needs an encoding"),
        (lambda: inloop.load_data(HALVES, encoding=LatencyEncoding()), "'latency' does not fit data set 'halves'"),
        (lambda: inloop.load_data(HALVES, encoding=SpikeTimeEncoding()), "ends before the last input spike at 1.2e-05"),
        (lambda: inloop.load_data("mnist", encoding=LatencyEncoding()), "a preset has its own"),
        (lambda: inloop.load_data(HALVES, "dev", encoding=RegularEncoding()), "unknown split 'dev' of data set halves"),
        (lambda: LOSSES.register("squares", squares), "loss 'squares' = .*must be of type Loss"),  # type: ignore[arg-type]
        (lambda: ENCODINGS.register("odd", RegularEncoding()), "must be a class derived from Encoding"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_gets_a_sentence(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        call()


def test_classes_say_what_they_give_and_take() -> None:
    class Silent(DataSet):
        def read(self, split: str, hold_out: bool) -> Features:
            raise NotImplementedError

    class Wrong(Halves):
        def read(self, split: str, hold_out: bool) -> Any:
            return split, hold_out

    with pytest.raises(ConfigError, match="class Silent must say what it gives"):
        Silent("silent", ("a", "b"))
    with pytest.raises(ConfigError, match=r"data set wrong read \('test', False\), it says that it gives Features"):
        Wrong("wrong", ("a", "b")).load("test")
    with pytest.raises(ConfigError, match="class Greedy must say what it takes"):

        class Greedy(Encoding):
            kind: Literal["greedy"] = "greedy"


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.kind)
def test_all_that_is_listed_is_there(registry: Any) -> None:
    for name in registry.built_in:
        registry._check(name, registry.get(name))


def test_an_installed_package_brings_a_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "their_losses.py").write_text(
        "from inloop.training.losses import Loss, largest_over_time\n"
        "FLAT = Loss(lambda readout, labels, scale: 0 * readout.sum(), largest_over_time, 7.0)\n"
    )
    info = tmp_path / "theirs-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[inloop.losses]\nflat = their_losses:FLAT\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(LOSSES, "_loaded", {})
    assert load_config("mnist", {"training.loss": "flat", "training.logit_scale": 1}).training.loss == "flat"
    assert LOSSES.get("flat").logit_scale == 7.0
    assert inloop.InTheLoop(inloop.Network(4, 3, 2), inloop.Chip(), loss="flat").loss == "flat"
