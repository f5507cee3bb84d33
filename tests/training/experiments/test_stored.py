"""Results of strangers: whatever stands in them, the report says it in one sentence, or shows it as text."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inloop.claim import Claim
from inloop.errors import CheckpointError, ConfigError, InloopError, StorageError
from inloop.training.experiments.experiment import Settings
from inloop.training.experiments.registry import EXPERIMENTS
from inloop.training.experiments.store import Store

from tests.training.experiments.reproducing import Reproduced, report, reproduce

VERSIONS = {"python": "3.11", "code": "abc"}
HOSTILE = "\x1b[31m<script>alert(1)</script>`|\n[a](javascript:b) ![c](d)"


def write(root: Path, changed: Callable[[dict[str, Any]], Any] = dict, name: str = "sums") -> Path:
    """Write two finished trials of an experiment, the first of them changed."""
    folder = root / name
    (folder / "trials").mkdir(parents=True)
    noted = {"quick": True, "fidelity": "behavioral", "seeds": None, "command": f"inloop reproduce {name}"}
    (folder / "settings.json").write_text(json.dumps(noted))
    for k in range(2):
        rows = [{"x": x, "y": k + x} for x in (1, 2)]
        trial = {"parameters": {"k": k, "scale": 1}, "rows": rows, "seconds": 1.0, "versions": dict(VERSIONS)}
        if k == 0:
            changed(trial)
        (folder / "trials" / f"sum-{k}.json").write_text(json.dumps(trial))
    return folder


@pytest.mark.usefixtures("sums")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.update(rows=5), "'rows': Input should be a valid list"),
        (lambda t: t.update(rows=[[1]]), "'rows.0': Input should be a valid dictionary"),
        (lambda t: t["rows"][0].update(y=[1]), "'rows.0.y': .* must be a number below"),
        (lambda t: t["rows"][0].update(y={"a": 1}), "'rows.0.y': "),
        (lambda t: t["rows"][0].update(y=float("nan")), "'rows.0.y': "),
        (lambda t: t["rows"][0].update(y=float("inf")), "'rows.0.y': "),
        (lambda t: t["rows"][0].update(y=10**400), "'rows.0.y': "),
        (lambda t: t["rows"][0].update(y="a" * 2000), "'rows.0.y': "),
        (lambda t: t["rows"][0].update(y="a"), "rows of another kind .*TypeError"),
        (lambda t: t["rows"][0].pop("y"), "rows of another kind .*KeyError"),
        (lambda t: t.pop("rows"), "has no 'rows'"),
        (lambda t: t.update(seconds="long"), "'seconds': "),
        (lambda t: t.update(seconds=float("inf")), "'seconds': "),
        (lambda t: t.update(seconds=-1), "'seconds': "),
        (lambda t: t.update(parameters=[]), "'parameters': "),
        (lambda t: t.update(versions=[]), "'versions': "),
        (lambda t: t["versions"].update(numpy=5), "'versions.numpy': "),
    ],
    ids=range(17),
)
def test_trials_of_a_stranger(change: Callable[[dict[str, Any]], Any], message: str, tmp_path: Path) -> None:
    write(tmp_path, change)
    with pytest.raises(CheckpointError, match=message) as caught:
        report(tmp_path)
    assert len(str(caught.value)) < 300
    assert str(caught.value).isprintable()


@pytest.mark.usefixtures("sums")
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seeds", 10**9), ("seeds", 0), ("seeds", "many"), ("seeds", True), ("seeds", 1.5),
        ("quick", "yes"), ("quick", 1),
        ("fidelity", "../x"), ("fidelity", None), ("fidelity", HOSTILE), ("command", 5), ("command", None),
    ],
)  # fmt: skip
def test_settings_of_a_stranger(field: str, value: Any, tmp_path: Path) -> None:
    file = write(tmp_path) / "settings.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), field: value}))
    for command in (lambda: report(tmp_path), lambda: reproduced(tmp_path)):
        with pytest.raises(CheckpointError, match=f"settings.json has '{field}': "):
            command()


def reproduced(root: Path, **options: Any) -> Reproduced:
    return reproduce("sums", Settings(True, **options), root)


@pytest.mark.usefixtures("sums")
def test_text_of_a_stranger_stays_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the page, in the README and on the terminal."""
    from inloop.cli import app

    def hostile(trial: dict[str, Any]) -> None:
        trial["versions"].update({HOSTILE: HOSTILE})
        trial["parameters"].update(k=HOSTILE)

    folder = write(tmp_path, hostile)
    noted = json.loads((folder / "settings.json").read_text())
    (folder / "settings.json").write_text(json.dumps({**noted, "command": HOSTILE}))
    app(["report", str(tmp_path)], standalone_mode=False)
    readme, page = (folder / "README.md").read_text(), (tmp_path / "report.html").read_text()
    assert "\x1b" not in readme + page + capsys.readouterr().out
    assert "<script" not in readme + page
    assert "[a](javascript" not in readme
    assert "![c]" not in readme
    assert "&lt;script>alert(1)" in readme
    assert "&lt;script&gt;alert(1)" in page
    assert (folder / "results.csv").read_text().count("\n") == 5


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)
FILES = sorted(Path(__file__).parents[3].glob("docs/results/*/trials/*.json"))


@pytest.mark.parametrize("name", sorted({file.parent.parent.name for file in FILES} & EXPERIMENTS.keys()))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_value_anywhere_in_real_results(name: str, data: st.DataObject, tmp_path: Path) -> None:
    """A table and its figures are made, or the sentence of an `InloopError`."""
    experiment = EXPERIMENTS[name]
    file = data.draw(st.sampled_from([each for each in FILES if each.parent.parent.name == name]))
    content = json.loads(file.read_text())
    part = data.draw(st.sampled_from(["rows", "parameters", "versions"]))
    places = [row for row in ([content[part]] if part != "rows" else content["rows"]) if row]
    field = data.draw(st.sampled_from(sorted({name for place in places for name in place})))
    value = data.draw(JSON_VALUES)
    for place in places:
        place[field] = value
    folder = tmp_path / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "trials").mkdir(parents=True)
    (folder / "trials" / file.name).write_text(json.dumps(content))
    shutil.copy(file.parents[1] / "settings.json", folder)
    from inloop.training.experiments.report import section

    try:
        assert section(experiment, Store(tmp_path, name)).trials == 1
    except InloopError as error:
        message = str(error)
        assert message.isprintable()
    shutil.rmtree(folder)


@pytest.mark.usefixtures("sums")
def test_files_of_the_user_are_kept(tmp_path: Path) -> None:
    (tmp_path / "sums").mkdir()
    (tmp_path / "sums" / "README.md").write_text("mine")
    with pytest.raises(ConfigError, match="sums holds files that belong to no experiment"):
        reproduced(tmp_path)
    shutil.rmtree(tmp_path / "sums")
    (tmp_path / "report.html").write_text("mine")
    for command in (lambda: reproduced(tmp_path), lambda: report(tmp_path)):
        with pytest.raises(StorageError, match=r"report.html: it is there and was not made by inloop"):
            command()
    assert not (tmp_path / "sums").exists()
    assert (tmp_path / "report.html").read_text() == "mine"


@pytest.mark.usefixtures("sums")
def test_one_process_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "sums").mkdir()
    with Claim(tmp_path / "sums"), pytest.raises(StorageError, match="another inloop is at work in"):
        reproduced(tmp_path)
    assert not list((tmp_path / "sums").iterdir())


@pytest.mark.usefixtures("sums")
def test_what_killed_processes_left_is_removed(tmp_path: Path) -> None:
    folder = write(tmp_path)
    for name in (".inloop-a.json", "trials/.inloop-b.json", "scratch/sum-0/run/config.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("half")
    assert reproduced(tmp_path).failed == {}
    assert not list(folder.rglob(".*"))
    assert not (folder / "scratch" / "sum-0").exists()


@pytest.mark.parametrize("seeds", [0, -1, 10**9])
def test_numbers_of_seeds(seeds: int, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="must be between 1 and 10000"):
        reproduce("latency", Settings(True, seeds=seeds), tmp_path / "out")
    assert not (tmp_path / "out").exists()
