"""Trials run in processes of their own, go on where they stopped, and their report comes from what is stored."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from inloop.errors import CheckpointError, ConfigError
from inloop.training.experiments.experiment import Settings
from inloop.training.experiments.statistics import curve, mean_std

from tests.training.experiments import reproducing
from tests.training.experiments.reproducing import Reproduced, report

pytestmark = pytest.mark.usefixtures("sums")


def reproduce(
    out: Path, quick: bool = True, seeds: int | None = None, name: str = "sums", level: str = "behavioral"
) -> Reproduced:
    return reproducing.reproduce(name, Settings(quick, level, seeds), out, 2)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_all_trials_are_run_and_reported(tmp_path: Path) -> None:
    result = reproduce(tmp_path / "out", quick=False)
    folder = tmp_path / "out" / "sums"
    assert result.failed == {}
    assert sorted(file.name for file in (folder / "trials").iterdir()) == [f"sum-{k}.json" for k in range(4)]
    assert json.loads((folder / "trials" / "sum-3.json").read_text())["rows"] == [{"x": 1, "y": 31}, {"x": 2, "y": 32}]
    with (folder / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["k"], row["scale"], row["y"]) for row in rows[:3]] == [
        ("0", "10", "1"),
        ("0", "10", "2"),
        ("1", "10", "11"),
    ]
    assert not list((folder / "scratch").iterdir())
    text = (folder / "README.md").read_text()
    for part in ("nobody, 2020", "`inloop reproduce sums`", "| 3 | 32.0 |", "y \\| x", "](sums.png)", "numpy"):
        assert part in text
    assert str(tmp_path) not in text + (folder / "settings.json").read_text()


def test_the_page_needs_no_other_file(tmp_path: Path) -> None:
    page = reproduce(tmp_path / "out").page.read_text()
    assert "Sums &amp; scales" in page
    assert "Sums &lt;of&gt; k." in page
    assert "<code>k</code>" in page
    assert "<td>y | x</td>" not in page
    assert all(link.startswith("data:image/png;base64,") for link in re.findall(r'src="([^"]*)"', page))
    assert "http" not in page


def test_the_page_has_all_experiments_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from inloop.training.experiments.registry import EXPERIMENTS

    monkeypatch.setitem(EXPERIMENTS, "more", replace(EXPERIMENTS["sums"], name="more", title="More sums"))
    reproduce(tmp_path / "out", name="sums", seeds=1)
    (tmp_path / "out/sums/sums.png").unlink()
    page = reproduce(tmp_path / "out", name="more", seeds=1).page.read_text()
    assert "<h2>Sums &amp; scales</h2>" in page
    assert "<h2>More sums</h2>" in page


def test_the_report_is_rebuilt_from_what_is_stored(tmp_path: Path) -> None:
    first = reproduce(tmp_path / "out")
    before = contents(tmp_path / "out")
    for file in (tmp_path / "out").rglob("*"):
        if file.suffix in (".html", ".md", ".png", ".csv"):
            file.unlink()
    again = report(tmp_path / "out")
    assert contents(tmp_path / "out") == before
    assert (again.page, again.trials, again.tables) == (first.page, first.trials, first.tables)


def test_a_trial_that_dies_takes_nothing_with_it_and_is_run_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "fail-1").touch()
    (out / "die-2").touch()
    failed = reproduce(out, quick=False).failed
    assert failed.keys() == {"sums/sum-1", "sums/sum-2"}
    assert failed["sums/sum-1"].startswith("ValueError: the sum does not add up; its log: ")
    assert "signal 9" in failed["sums/sum-2"]
    assert "in the log" in (out / "sums/scratch/sum-1/log.txt").read_text()
    kept = (out / "sums/trials/sum-0.json").stat().st_mtime_ns
    (out / "fail-1").unlink()
    (out / "die-2").unlink()
    result = reproduce(out, quick=False)
    assert result.failed == {}
    assert result.trials == {"sums": 4}
    assert (out / "sums/trials/sum-0.json").stat().st_mtime_ns == kept
    assert not list((out / "sums/scratch").iterdir())


def test_more_seeds_join_those_that_are_there(tmp_path: Path) -> None:
    reproduce(tmp_path / "out", seeds=1)
    assert reproduce(tmp_path / "out", seeds=3).trials == {"sums": 3}


def test_results_of_another_version_of_the_program_are_kept_and_named(tmp_path: Path) -> None:
    reproduce(tmp_path / "out", quick=False, seeds=3)
    trials = tmp_path / "out/sums/trials"
    one, two = (json.loads((trials / f"sum-{k}.json").read_text()) for k in (0, 1))
    one["versions"]["code"] = "0ther"
    del two["versions"]
    (trials / "sum-0.json").write_text(json.dumps(one))
    (trials / "sum-1.json").write_text(json.dumps(two))
    assert report(tmp_path / "out").trials == {"sums": 3}
    (trials / "sum-2.json").unlink()
    assert reproduce(tmp_path / "out", quick=False).failed == {}
    assert json.loads((trials / "sum-0.json").read_text()) == one
    text = (tmp_path / "out/sums/README.md").read_text()
    assert "trials: 4, " in text
    assert re.search(r"code \w+ \(2 trials\) and 0ther \(1 trials\) and unknown \(1 trials\)", text)


def test_a_report_of_some_trials_says_how_many_there_will_be(tmp_path: Path) -> None:
    reproduce(tmp_path / "out", quick=False)
    (tmp_path / "out/sums/trials/sum-2.json").unlink()
    report(tmp_path / "out")
    assert "trials: 3 of 4, the rest not yet run" in (tmp_path / "out/sums/README.md").read_text()


def test_other_settings_need_another_folder(tmp_path: Path) -> None:
    reproduce(tmp_path / "out", seeds=1)
    with pytest.raises(ConfigError, match="quick settings at level behavioral; name another folder"):
        reproduce(tmp_path / "out", quick=False)
    file = tmp_path / "out/sums/trials/sum-0.json"
    file.write_text(file.read_text().replace('"scale": 1', '"scale": 2'))
    with pytest.raises(ConfigError, match="other parameters"):
        reproduce(tmp_path / "out", seeds=1)
    file.write_text("{}")
    with pytest.raises(CheckpointError, match="no 'parameters'; delete it"):
        reproduce(tmp_path / "out", seeds=1)
    file.write_text("rows")
    with pytest.raises(CheckpointError, match="cannot read"):
        report(tmp_path / "out")


@pytest.mark.parametrize(
    ("name", "level", "message"),
    [
        ("spells", "behavioral", "unknown experiment 'spells'; known: benchmarks, "),
        ("sums", "quantum", "unknown fidelity"),
        ("sums", "ideal", "runs at level behavioral, event, rtl, verilog, not at 'ideal'"),
    ],
)
def test_what_cannot_be_run_leaves_no_folder(tmp_path: Path, name: str, level: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        reproduce(tmp_path / "out", name=name, level=level)
    with pytest.raises(CheckpointError, match="holds no results"):
        report(tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_mean_and_standard_deviation() -> None:
    assert mean_std([97.0, 98.0, 99.0], 2) == "98.00 ± 1.00"
    assert mean_std([97.04]) == "97.0"
    assert mean_std([]) == "–"
    rows = [{"x": 2, "y": 1.0}, {"x": 1, "y": 5.0}, {"x": 2, "y": 3.0}, {"x": 3}]
    assert curve(rows, "x", "y") == ([1, 2], [5.0, 2.0], [0.0, pytest.approx(2**0.5)])
