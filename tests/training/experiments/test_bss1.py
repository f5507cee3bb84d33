"""The experiment on BrainScaleS-1 with a small network and made-up images."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inloop.training.experiments import bss1, bss1_levels
from inloop.training.experiments.bss1_parts import SMALL
from inloop.training.experiments.experiment import Row, Settings
from inloop.training.figures.style import draw


def test_trials_cover_what_is_asked() -> None:
    full = bss1.trials(Settings())
    assert len({trial.name for trial in full}) == len(full)
    exact = [t for t in full if t.parameters.get("gradient") == "exact" and t.parameters["network"] == SMALL]
    assert sorted(t.parameters["write"] for t in exact) == list(range(20))
    assert {t.parameters["iterations"] for t in exact} == {40}
    assert len(bss1.trials(Settings(quick=True))) < 10
    assert {str(task.topology) for task in bss1.TASKS.values()} == set(bss1.TASKS)


def test_the_network_over_several_chips_is_followed_to_the_host_at_full_settings() -> None:
    full, quick = ({t.name: t.parameters for t in bss1.trials(Settings(quick=quick))} for quick in (False, True))
    assert full["levels-chips-0"]["network"] == full["chips-0"]["network"] == bss1.LARGE
    assert full["levels-chips-0"]["verilog"] == 100
    assert "levels-chips-0" not in quick


def test_chips_are_listed_with_what_is_known_of_them() -> None:
    """Results from before chips that only bring inputs do not say how many a link brings."""
    common = {"kind": "repair", "network": SMALL, "gradient": "exact", "noise": 0.0, "write": 0, "row": "chip"}
    used = dict.fromkeys(("neurons", "circuits", "synapses", "drivers", "lines", "defective_sites"), 3)
    for known, shown in (({}, "–"), ({"inputs": 100}, "100")):
        tables = bss1.EXPERIMENT.parts([{**common, **used, "chip": 0, **known}]).tables
        (table,) = (each for each in tables if each.title == f"{SMALL} on the wafer")
        assert [line[:3] for line in table.rows] == [("0", shown, "3"), ("all", shown, "3")]


def test_at_levels_with_the_digital_path_only_the_published_network_is_repaired() -> None:
    (trial,) = bss1.trials(Settings(quick=True, fidelity="event"))
    assert (trial.parameters["level"], trial.parameters["network"]) == ("event", SMALL)
    assert {t.parameters["iterations"] for t in bss1.trials(Settings(fidelity="verilog"))} == {40}


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tenth of everything, and three patterns instead of digits."""
    from inloop.training.datasets.reduced import Reduced

    def patterns(_: str, split: str, side: int, *__: Any) -> Reduced:
        rng = np.random.default_rng(split == "test")
        labels = rng.integers(0, 5, 150)
        images = 0.6 * (np.random.default_rng(9).random((5, side**2)) > 0.7)[labels] + 0.1 * rng.random((150, side**2))
        return Reduced(images.astype(np.float32), labels, 5)

    for module in (bss1, bss1_levels):
        monkeypatch.setattr(module, "reduced", patterns)
    task = replace(bss1.TASKS[SMALL], duration_s=30e-6, epochs=20, batch=100)
    monkeypatch.setitem(bss1.TASKS, SMALL, task)


def rows_of(trial: Any, **changes: Any) -> list[Row]:
    parameters = {**trial.parameters, **changes}
    return [{**parameters, **row} for row in bss1.run(parameters, Path())]


@pytest.mark.usefixtures("small")
def test_rows_and_report_of_small_trials(tmp_path: Path) -> None:
    chosen = {t.name: t for t in bss1.trials(Settings(quick=True))}
    rows = []
    for name in ("repair-0", "repair-1", "gradient-sign0-0", "curves-0", "curves-1"):
        rows += rows_of(chosen[name], **({} if name.startswith("curves") else {"iterations": 3, "tested": 50}))
    course = [row for row in rows if row.get("row") == "iteration" and row["gradient"] == "exact" and row["write"] == 0]
    assert [row["iteration"] for row in course] == [0, 1, 2, 3]
    (end,) = [row for row in rows if row.get("row") == "end" and row["gradient"] == "sign"]
    assert end["software"] > 90
    assert all(0 <= end[name] <= 100 for name in ("converted", "repaired", "rewritten"))
    assert end["images_per_s"] == pytest.approx(25_000)
    parts = bss1.EXPERIMENT.parts(rows)
    titles = " ".join(table.title for table in parts.tables)
    for word in ("100-15-15-5, mean", "gradient", "activation curves", "on the wafer"):
        assert word in titles
    (line,) = (line for line in parts.tables[0].rows if "after conversion" in line[0])
    assert line[1] == "72 +12 −10"
    assert "floating gates: 2" in titles
    for plot in parts.plots:
        draw(tmp_path / f"{plot.name}.png", plot.height_in, plot.fill)
        assert (tmp_path / f"{plot.name}.png").stat().st_size > 5000
    assert {plot.name for plot in parts.plots} == {"course", "gradients", "curves"}


@pytest.mark.usefixtures("small")
def test_levels_are_compared() -> None:
    (trial,) = [t for t in bss1.trials(Settings(quick=True)) if t.name == "levels-0"]
    assert (trial.parameters["verilog"], trial.parameters["rtl"]) == (100, 0)
    rows = rows_of(trial, iterations=2, verilog=0)
    levels = {row["level"]: row for row in rows if row["row"] == "level"}
    assert {row["images"] for row in levels.values()} == {100}
    assert levels["event"]["accuracy"] == pytest.approx(levels["behavioral"]["accuracy"], abs=6)
    assert levels["event"]["spikes"] == pytest.approx(levels["behavioral"]["spikes"], rel=0.03)
    assert 0 < levels["event"]["recorded"] <= levels["event"]["spikes"]
    one, two = {**rows[0], "row": "agreement", "level": "rtl"}, {**rows[0], "row": "agreement", "level": "verilog"}
    for row, differ in ((one, 0), (two, 3)):
        row |= {"spikes that differ": differ, "of spikes that differ": 100}
    found = bss1.EXPERIMENT.parts([*rows, one, two]).tables
    (stages,) = [table for table in found if "lost in each stage" in table.title]
    assert [line[0] for line in stages.rows] == ["behavioral", "event"]
    (verdicts,) = [table for table in found if "bit by bit" in table.title]
    assert [line[-2:] for line in verdicts.rows] == [("0 of 100", "agree"), ("3 of 100", "differ")]


@pytest.mark.usefixtures("small")
def test_the_loop_runs_on_the_digital_path() -> None:
    (trial,) = bss1.trials(Settings(quick=True, fidelity="event"))
    rows = rows_of(trial, iterations=1, tested=20, at_end=20)
    (end,) = [row for row in rows if row["row"] == "end"]
    assert end["path_lost_percent"] < 5
    assert end["spikes"] > 10


@pytest.mark.usefixtures("small")
def test_a_trial_repeats_itself() -> None:
    trial = bss1.trials(Settings(quick=True))[0]
    assert rows_of(trial, iterations=1, tested=20) == rows_of(trial, iterations=1, tested=20)
