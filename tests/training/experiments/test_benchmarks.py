"""The benchmark table on a handful of samples."""

from __future__ import annotations

from pathlib import Path

import pytest
from inloop.training.config import load_config
from inloop.training.experiments import benchmarks, relu_network
from inloop.training.experiments.experiment import Settings
from inloop.training.experiments.trained import configured, trained


def test_trials_cover_the_published_table() -> None:
    trials = benchmarks.trials(Settings(seeds=2))
    assert len({trial.name for trial in trials}) == len(trials) == 2 * len(benchmarks.PUBLISHED)
    assert len(benchmarks.trials(Settings())) == 5 * len(benchmarks.PUBLISHED)
    levels = {trial.parameters["implementation"]: trial.parameters["level"] for trial in
              benchmarks.trials(Settings(fidelity="event"))}  # fmt: skip
    assert levels == {"chip": "event", "software": "ideal", "relu": "none"}
    for trial in trials:
        epochs = load_config(trial.parameters["preset"]).training.epochs
        relu = trial.parameters["implementation"] == "relu"
        assert trial.parameters["epochs"] == (max(epochs, benchmarks.RELU_EPOCHS) if relu else epochs)


@pytest.mark.parametrize("implementation", ["chip", "software", "relu"])
def test_each_implementation_learns(implementation: str, tmp_path: Path) -> None:
    parameters = {
        "preset": "yin-yang", "implementation": implementation, "seed": 1, "samples": 1500,
        "level": {"chip": "behavioral", "software": "ideal", "relu": "none"}[implementation],
        "epochs": 60 if implementation == "relu" else 8,
    }  # fmt: skip
    (row,) = benchmarks.run(parameters, tmp_path)
    assert 50 < row["test_accuracy"] < 100
    assert 50 < row["train_accuracy"] < 100
    assert benchmarks.run(parameters, tmp_path / "again") == [row]


@pytest.mark.usefixtures("fake_images")
def test_rotation_and_dropout_of_the_relu_network() -> None:
    config = configured("mnist", "ideal", 0, 2, 50)
    assert all(0 <= value <= 100 for value in relu_network.train_relu(config))


def test_an_interrupted_training_goes_on(tmp_path: Path) -> None:
    config = configured("yin-yang", "behavioral", 0, 2, 200)
    trainer, result = trained(config, tmp_path / "run")
    (tmp_path / "run" / "metrics.csv").unlink()
    again, same = trained(config, tmp_path / "run")
    assert again.epochs_done == 2
    assert again.metrics == trainer.metrics
    assert same.accuracy == result.accuracy


def test_table_and_figure_of_some_results(tmp_path: Path) -> None:
    from inloop.training.figures.style import draw

    rows = [
        {"preset": "mnist", "implementation": "chip", "seed": s, "train_accuracy": 98.0, "test_accuracy": 97.0 + s,
         "hidden_spikes": 20.4} for s in range(3)
    ]  # fmt: skip
    parts = benchmarks.parts(rows)
    (line,) = (row for row in parts.tables[0].rows if "98.00 ± 1.00" in row)
    assert line == ("MNIST 16×16, dropout and rotation", "in the loop", "97.3 ± 0.1", "98.0 ± 0.0", "97.6 ± 0.1",
                    "98.00 ± 1.00", "20 ± 0")  # fmt: skip
    for plot in parts.plots:
        draw(tmp_path / "x.png", plot.height_in, plot.fill)
        assert (tmp_path / "x.png").stat().st_size > 5000
