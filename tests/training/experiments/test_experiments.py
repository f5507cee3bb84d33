"""Every experiment on a handful of samples: its trials run, its report can be drawn, and says what the rows say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inloop.training.experiments import robustness, sparsity
from inloop.training.experiments.experiment import Experiment, Parts, Row, Settings, Trial
from inloop.training.experiments.registry import EXPERIMENTS
from inloop.training.figures.style import draw

TINY = {"epochs": 1, "samples": 40, "test_samples": 30, "repair_samples": 40, "event_samples": 10, "draws": 2}


@pytest.fixture
def stripes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put images with one bright band per class in the place of MNIST, so that little training suffices."""
    from inloop.training.datasets.image_set import ImageSet
    from inloop.training.datasets.samples import Images

    def read(data_set: ImageSet, split: str, hold_out: bool) -> Images:
        rng = np.random.default_rng([len(split), hold_out])
        count = 2000 if split == "train" else 200
        labels = rng.integers(0, 10, count)
        images = rng.integers(0, 60, (count, 28, 28)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 + 2 * label : 5 + 2 * label] = 250
        return Images(data_set.name, images, labels, 10)

    monkeypatch.setattr(ImageSet, "read", read)


def tiny(trial: Trial, **changes: Any) -> Row:
    return {name: TINY.get(name, value) for name, value in trial.parameters.items()} | changes


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_trials_have_names_of_their_own_and_plain_parameters(name: str, quick: bool) -> None:
    one, three = (EXPERIMENTS[name].trials(Settings(quick, seeds=count)) for count in (1, 3))
    names = [trial.name for trial in three]
    once = [trial for trial in one if trial.name.startswith("levels")]  # one network at all levels, whatever the seeds
    assert len(set(names)) == len(names) == 3 * len(one) - 2 * len(once)
    assert {trial.name for trial in one} <= set(names)
    for trial in three:
        assert json.loads(json.dumps(trial.parameters)) == trial.parameters
        assert all(isinstance(value, str | int | float | None) for value in trial.parameters.values())
        assert set(trial.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_.")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_report_without_any_row_can_be_made(name: str, tmp_path: Path) -> None:
    check_parts(EXPERIMENTS[name].parts([]), tmp_path)


def check_parts(parts: Parts, folder: Path) -> None:
    for table in parts.tables:
        assert {len(line) for line in table.rows} <= {len(table.columns)}
        assert all(isinstance(cell, str) for line in table.rows for cell in line)
    for plot in parts.plots:
        draw(folder / f"{plot.name}.png", plot.height_in, plot.fill)
        assert (folder / f"{plot.name}.png").stat().st_size > 5000


def run_tiny(experiment: Experiment, wanted: list[str], folder: Path, **changes: Any) -> list[Row]:
    """Run trials by name, as far as their names begin so, and check what can be made of their rows."""
    trials = [t for t in experiment.trials(Settings(quick=True, seeds=1)) if t.name.startswith(tuple(wanted))]
    assert len(trials) >= len(wanted)
    rows = []
    for trial in trials:
        parameters = tiny(trial, **changes)
        found = experiment.run(parameters, folder / trial.name)
        assert json.loads(json.dumps(found)) == found
        rows += [{**parameters, **row} for row in found]
    check_parts(experiment.parts(rows), folder)
    return rows


@pytest.mark.usefixtures("stripes")
def test_sparsity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sparsity, "QUICK_BURST", (10.0,))
    rows = run_tiny(EXPERIMENTS["sparsity"], ["mnist-plain"], tmp_path, samples=None, epochs=2, sparse_epochs=2)
    free, held = rows
    assert (free["burst"], held["burst"]) == (0.0, 10.0)
    assert held["hidden_spikes"] < 0.8 * free["hidden_spikes"]


@pytest.mark.usefixtures("stripes")
def test_self_correction(tmp_path: Path) -> None:
    wanted = ["transfer-0", "in-the-loop-all-0.5-", "in-the-loop-die-known-all-0.5"]
    rows = run_tiny(EXPERIMENTS["self-correction"], wanted, tmp_path, samples=None, epochs=4)
    loop, known = ([r for r in rows if r["method"] == m] for m in ("in the loop", "in the loop, die known"))
    transferred = [r for r in rows if r["method"] == "transfer" and r["kind"] == "all" and r["sigma"] == 0.5]
    assert loop[0]["test_accuracy"] > transferred[0]["test_accuracy"] + 5
    assert known[0]["test_accuracy"] > transferred[0]["test_accuracy"] + 5


@pytest.mark.usefixtures("stripes")
def test_robustness(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in {"STEPS": (0, 5, 30), "NOISE": (1.0, 100.0), "SILENCED": (0.0, 0.15, 0.9)}.items():
        monkeypatch.setattr(robustness, name, values)
    wanted = ["plain", "dropout"]
    rows = run_tiny(EXPERIMENTS["robustness"], wanted, tmp_path, samples=None, epochs=1, other_dies=1, test_samples=150)
    of = lambda measure: {r["x"]: r["test_accuracy"] for r in rows if r["measure"] == measure and not r["dropout"]}  # noqa: E731
    assert of("silenced")[0.0] > of("silenced")[0.9]
    assert of("noise")[1.0] > of("noise")[100.0]
    assert max(of("repair").values()) > of("repair")[0]


@pytest.mark.usefixtures("stripes")
def test_latency(tmp_path: Path) -> None:
    rows = run_tiny(EXPERIMENTS["latency"], ["all"], tmp_path, samples=None, epochs=4)
    by_time = {r["time_us"]: r["test_accuracy"] for r in rows if r["sampling"] == "fine"}
    (whole,) = (r for r in rows if r["sampling"] == "whole")
    assert by_time[1.0] < by_time[11.0]
    assert whole["test_accuracy"] > 50
    assert whole["input_events"] > 10


@pytest.mark.filterwarnings("ignore:hidden layer 1 never fires")  # with the smallest weights
@pytest.mark.usefixtures("stripes")
@pytest.mark.parametrize("sweep", ["weight_bits", "cadc_bits", "cadc_period_us", "mismatch"])
def test_design(sweep: str, tmp_path: Path) -> None:
    (low, high) = run_tiny(EXPERIMENTS["design"], [f"{sweep}-"], tmp_path, samples=500, epochs=2)
    assert low["value"] < high["value"]
    assert low["test_accuracy"] != high["test_accuracy"]


def test_design_of_the_event_path(tmp_path: Path) -> None:
    slow, fast = run_tiny(EXPERIMENTS["design"], ["clock_mhz-5", "clock_mhz-125"], tmp_path, samples=300, epochs=2)
    assert slow["dropped"] + slow["lost"] > fast["dropped"] + fast["lost"]


@pytest.mark.usefixtures("stripes")
def test_estimators(tmp_path: Path) -> None:
    rows = run_tiny(EXPERIMENTS["estimators"], ["measured-4", "spikes-4"], tmp_path, samples=None, epochs=2)
    losses = {row["gradient"]: row["train_loss"] for row in rows if row.get("epoch") == 2}
    assert losses["measured"] != losses["spikes"]
