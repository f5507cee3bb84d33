"""An experiment of sums, whose trials can be told to fail, for the tests of the framework."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

MODULE = """
import os
import signal

from inloop.training.experiments.experiment import Experiment, Parts, Plot, Table, Trial
from inloop.training.experiments.statistics import mean_std


def trials(settings):
    return [Trial(f"sum-{k}", {"k": k, "scale": 1 if settings.quick else 10}) for k in settings.repetitions(4)]


def run(parameters, folder):
    print("in the log")
    if (folder.parents[2] / f"fail-{parameters['k']}").exists():
        raise ValueError("the sum does not add up")
    if (folder.parents[2] / f"die-{parameters['k']}").exists():
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"x": x, "y": parameters["scale"] * parameters["k"] + x} for x in (1, 2)]


def parts(rows):
    table = Table("Sums", ("k", "y | x"), [(str(row["k"]), mean_std([row["y"]])) for row in rows])
    return Parts([table], [Plot("sums", "Sums <of> k.", 2.0, lambda figure: figure.subplots().plot([1, 2]))])


EXPERIMENT = Experiment("sums", "Sums & scales", "nobody, 2020", "What is `k`?", "nothing", trials, run, parts)
"""


@pytest.fixture
def sums(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return the experiment, in the registry and in a file that the processes of trials can import."""
    from inloop.training.experiments.registry import EXPERIMENTS

    (tmp_path / "sums_experiment.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    import sums_experiment

    monkeypatch.setitem(EXPERIMENTS, "sums", sums_experiment.EXPERIMENT)
    return sums_experiment.EXPERIMENT
