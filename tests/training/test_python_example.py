"""The Python example of README and guide runs as it stands and does what the presets do."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import inloop
import numpy as np
import pytest
from inloop.errors import ConfigError
from inloop.training.config import load_config
from inloop.training.in_the_loop import InTheLoop
from inloop.training.loop import Trainer, build_model
from inloop.training.problem import Problem, load_data
from inloop.training.run_folder import RunFolder

ROOT = Path(__file__).parents[2]


def example(page: str) -> str:
    """Return the Python program of a page that trains."""
    blocks = [part.split("```")[0] for part in (ROOT / page).read_text(encoding="utf-8").split("```python\n")[1:]]
    (program,) = [block for block in blocks if "optimizer.step" in block]
    return program


def run(program: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(program, "README.md", "exec"), names)
    return names


def test_readme_and_guide_show_the_same_program() -> None:
    assert example("README.md") == example("docs/guide.md")
    assert len(example("README.md").splitlines()) <= 20


@pytest.mark.usefixtures("fake_images")
def test_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    names = run(example("README.md"))
    epochs = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [int(epoch) for epoch, _ in epochs] == [1, 2, 3]
    assert float(epochs[-1][1]) == inloop.accuracy(names["model"], names["test"])
    assert float(names["loss"].detach()) < np.log(10) - 0.05, "random labels of 60 images are learnt by heart, a little"


@pytest.mark.usefixtures("fake_images")
def test_its_modules_are_those_of_the_preset() -> None:
    names, config = run(example("README.md").split("for epoch")[0]), load_config("mnist")
    problem = Problem(config)
    model, same = names["model"], build_model(config, problem.inputs, problem.classes)
    assert isinstance(model, InTheLoop)
    assert (model.grid, model.slope, model.gradient) == (same.grid, same.slope, same.gradient)
    for own, preset in zip(model.network.forward_weights, same.network.forward_weights, strict=True):
        assert own.shape == preset.shape
        assert own.tolist() == preset.tolist()
    assert config.training.loss == "max-from-rest"
    assert names["optimizer"].param_groups[0]["lr"] == config.training.learning_rate


@pytest.mark.slow
def test_it_reaches_what_the_preset_reaches(tmp_path: Path) -> None:
    if not os.environ.get("INLOOP_DATA"):
        pytest.skip("needs the real data sets: set INLOOP_DATA to the folder that holds them")
    names = run(example("README.md"))
    found = inloop.accuracy(names["model"], names["test"])
    for preset in ("mnist", "mnist-plain"):
        config = load_config(preset, {"training.epochs": 3, "die": 7})
        problem = Problem(config)
        model = build_model(config, problem.inputs, problem.classes)
        reached = Trainer(config, problem, model, RunFolder.create(config, tmp_path / preset)).fit().accuracy
        assert found > reached - 1
    assert found > 95.5


@pytest.mark.parametrize("name", ["yin-yang", "mnist"])
def test_data_are_those_of_the_preset(name: str, request: pytest.FixtureRequest) -> None:
    if name == "mnist":
        request.getfixturevalue("fake_images")
    data, expected = load_data(name, "test", 50), Problem(load_config(name)).split("test", 50)
    assert len(data) == data.spikes.samples == len(data.labels) == 50
    assert (data.spikes.time_s == expected.spikes.time_s).all()
    assert data.labels.tolist() == expected.labels.tolist()


def test_batches_hold_every_sample_once() -> None:
    data = load_data("yin-yang", "test", 25)
    plain, drawn, same, other = (list(data.batches(10, seed)) for seed in (None, 3, 3, 4))
    assert [spikes.samples for spikes, _ in plain] == [10, 10, 5]
    labels = [[label for _, batch in batches for label in batch.tolist()] for batches in (plain, drawn, same, other)]
    assert labels[0] == data.labels.tolist()
    assert labels[1] == labels[2] != labels[0]
    assert labels[1] != labels[3]
    assert sorted(labels[3]) == sorted(labels[0])
    (spikes, first), *_ = drawn
    own = spikes.time_s[: spikes.offsets[1]]
    where = [k for k in range(25) if (data.spikes.select(np.array([k])).time_s == own).all()]
    assert [int(data.labels[k]) for k in where] == [int(first[0])]


def test_what_cannot_be_loaded_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown preset 'cifar'; known: fashion-mnist"):
        load_data("cifar")
    with pytest.raises(ConfigError, match="unknown split 'dev'"):
        load_data("yin-yang", "dev")
    with pytest.raises(ConfigError, match="size = 0"):
        next(load_data("yin-yang", "test", 5).batches(0))
