"""The command line: what it teaches, prints, writes and refuses."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from inloop.cosim.verilated import library

EXPERIMENT = """
dataset = "yin-yang"
duration_s = 20e-6
[encoding]
kind = "spike-time"
repetitions = 5
[network]
hidden = [12]
initial_mean = 4.0
[training]
epochs = 2
samples = 100
batch = 50
learning_rate = 3e-3
"""
CLOSING = {
    "test_accuracy", "samples_per_s", "hidden_spikes", "samples", "chip_time_s", "fidelity", "die", "seed", "run",
}  # fmt: skip


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The only line of standard output."""
        (line,) = self.out.splitlines()
        return json.loads(line)


Call = Callable[..., Answer]


@pytest.fixture
def inloop(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Return the command `inloop`, run in an empty folder with the small experiment tiny.toml."""
    from inloop.cli import app, guarded

    monkeypatch.chdir(tmp_path)
    Path("tiny.toml").write_text(EXPERIMENT)

    def call(*arguments: Any) -> Answer:
        capsys.readouterr()
        code = guarded(lambda: app([str(a) for a in arguments], standalone_mode=False))
        return Answer(code, *capsys.readouterr())

    return call


@pytest.fixture(scope="session")
def trained_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from inloop.training import commands
    from inloop.training.config import load_config
    from rich.console import Console

    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.toml").write_text(EXPERIMENT)
    config = load_config(str(folder / "tiny.toml"))
    commands.train(config, folder / "run", None, False, Console(quiet=True))
    return folder / "run"


@pytest.fixture
def trained(trained_run: Path, tmp_path: Path) -> Path:
    """Return a run folder of its own with a trained network."""
    return Path(shutil.copytree(trained_run, tmp_path / "trained"))


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inloop", *arguments], capture_output=True, text=True, check=False, **options
    )


def files_in(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def refused(answer: Answer, *words: str) -> None:
    """Check that an answer is one line on standard error with these words, and exit code 2."""
    assert answer.code == 2
    assert answer.err.startswith("inloop: ")
    assert answer.err.count("\n") == 1
    assert answer.err.endswith("\n")
    assert "Traceback" not in answer.err
    for word in words:
        assert word in answer.err


# --- what it teaches


@pytest.mark.parametrize(
    ("command", "example"),
    [
        ([], "inloop train yin-yang"),
        (["train"], "inloop train mnist --from runs/A --die 8"),
        (["evaluate"], "inloop evaluate runs/A --fidelity behavioral --die 8"),
        (["agree"], "inloop agree runs/A --levels behavioral,event"),
        (["chip"], "inloop chip bss2 --die 7"),
        (["chip", "show"], "inloop chip bss2 --die 7"),
        (["chip", "map"], "inloop chip map 70-186r-20"),
        (["data"], "inloop data fetch mnist"),
        (["data", "fetch"], "inloop data fetch mnist"),
    ],
)
def test_help_has_an_example(command: list[str], example: str, inloop: Call) -> None:
    answer = inloop(*command, "--help")
    assert answer.code == 0
    assert example in answer.out
    assert "[bold]" not in answer.out
    assert not answer.err


def test_version_and_module() -> None:
    done = process("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"inloop {version('inloop')}\n", "")


def test_list_names_presets_that_load(inloop: Call) -> None:
    from inloop.training.config import load_config

    answer = inloop("train", "--list")
    assert answer.code == 0
    assert {"yin-yang", "mnist"} <= set(answer.out.split())
    for name in answer.out.split():
        load_config(name)


# --- what it prints


def test_train_evaluate_and_resume_as_json(inloop: Call) -> None:
    answer = inloop("train", "tiny.toml", "--die", 3, "--seed", 4, "--run", "here", "--json", "--no-figures")
    assert (answer.code, answer.err) == (0, "")
    closing = answer.json
    assert closing.keys() == CLOSING
    assert (closing["die"], closing["seed"], closing["run"], closing["samples"]) == (3, 4, "here", 1000)
    assert closing["fidelity"] == "behavioral"
    assert json.loads(Path("here/result.json").read_text()) == closing
    again = inloop("evaluate", "here", "--json").json
    again["samples_per_s"] = closing["samples_per_s"]
    assert again == closing
    resumed = inloop("train", "--resume", "here", "--json", "--no-figures").json
    resumed["samples_per_s"] = closing["samples_per_s"]
    assert resumed == closing


def test_train_for_people(inloop: Call) -> None:
    answer = inloop("train", "tiny.toml", "--no-figures")
    assert (answer.code, answer.err) == (0, ""), "no progress bar where there is no terminal"
    result = json.loads(Path("runs/tiny-behavioral-die0-seed0/result.json").read_text())
    assert f"{result['test_accuracy']:.2f} %" in answer.out
    assert "epoch 1  loss" in answer.out
    assert "run folder: runs/tiny-behavioral-die0-seed0\n" in answer.out
    assert {file.name for file in Path("runs/tiny-behavioral-die0-seed0").iterdir()} == {
        "checkpoint.pt", "config.json", "metrics.csv", "result.json", "versions.json", "weights.npz",
    }  # fmt: skip
    assert "\r" not in answer.out + answer.err


def test_long_and_odd_paths_are_printed_as_they_are(inloop: Call) -> None:
    run = f"[/bold]{'long' * 30}"
    answer = inloop("train", "tiny.toml", "--no-figures", "--run", run)
    assert (answer.code, answer.err) == (0, "")
    assert f"run folder: {run}\n" in answer.out


def test_figures_are_drawn_by_default(inloop: Call) -> None:
    assert inloop("train", "tiny.toml", "--run", "here", "--epochs", 1).code == 0
    assert len(list(Path("here/figures").glob("*.png"))) == 4


def test_options_and_set_reach_the_configuration(inloop: Call) -> None:
    changes = ["network.hidden=[5]", "chip.noise=off", "chip.fields.tau_mem_s=1e-5", "training.epochs=9"]
    options = [word for change in changes for word in ("--set", change)]
    assert inloop("train", "tiny.toml", *options, "--epochs", 1, "--fidelity", "ideal", "--run", "here").code == 0
    config = json.loads(Path("here/config.json").read_text())
    assert config["network"]["hidden"] == [5]
    assert config["chip"]["noise"] == "off"
    assert config["chip"]["fields"]["tau_mem_s"] == 1e-5
    assert config["training"]["epochs"] == 1, "the named option wins over --set"
    assert config["fidelity"] == "ideal"
    assert len(Path("here/metrics.csv").read_text().splitlines()) == 2


def test_run_keeps_its_chip_when_the_preset_changes(
    trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inloop.behavioral import spec

    before = inloop("evaluate", trained, "--json").json
    other = spec.PRESETS["bss2"].with_fields(threshold_lsb=100.0, readout_gain=0.3)
    monkeypatch.setitem(spec.PRESETS, "bss2", other)
    after = inloop("evaluate", trained, "--json").json
    assert after["test_accuracy"] == before["test_accuracy"]
    assert after["hidden_spikes"] == before["hidden_spikes"]
    changed = inloop("evaluate", trained, "--set", "chip.preset=bss2", "--json").json
    assert changed["hidden_spikes"] > 1.1 * before["hidden_spikes"]


def test_evaluate_elsewhere(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    own = inloop("evaluate", trained, "--json").json
    other = inloop("evaluate", trained, "--die", 5, "--samples", 300, "--json").json
    ideal = inloop("evaluate", trained, "--fidelity", "ideal", "--set", "training.loss=sum-over-time", "--json").json
    assert (other["die"], other["samples"], ideal["fidelity"]) == (5, 300, "ideal")
    assert len({round(result["hidden_spikes"], 6) for result in (own, other, ideal)}) == 3
    assert files_in(trained) == before, "an evaluation writes nothing"


@pytest.mark.parametrize(
    "levels",
    [
        ("ideal", "behavioral", "event", "verilog"),
        pytest.param(("ideal", "behavioral", "event", "rtl", "verilog"), marks=pytest.mark.slow),
    ],
    ids=len,
)
def test_evaluate_on_every_level(
    levels: tuple[str, ...], trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    from inloop.training import every_level

    assert len(every_level.FIDELITIES) == 5
    monkeypatch.setattr(every_level, "FIDELITIES", levels)
    before = files_in(trained)
    answer = inloop("evaluate", trained, "--fidelity", "all", "--samples", 60, "--die", 2, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["run"], answer.json["die"]) == (str(trained), 2)
    rows = {row.pop("fidelity"): row for row in answer.json["levels"]}
    assert list(rows) == list(levels)
    assert [row["samples"] for row in rows.values()] == [5 if level == "rtl" else 60 for level in levels]
    for level in ("ideal", "behavioral", "event", "verilog"):
        alone = inloop("evaluate", trained, "--fidelity", level, "--samples", 60, "--die", 2, "--json").json
        for key in ("test_accuracy", "hidden_spikes", "chip_time_s"):
            assert alone[key] == rows[level][key]
        assert rows[level]["counters"]["input_events"] == 60 * 25
        assert rows[level]["samples_per_s"] > 0
    for key in ("test_accuracy", "hidden_spikes", "counters"):
        assert rows["event"][key] == rows["verilog"][key]
    assert rows["event"]["counters"]["late"] > 0
    assert files_in(trained) == before


def test_evaluate_on_the_levels_whose_tools_are_there(
    trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from inloop.training import every_level

    monkeypatch.setenv("INLOOP_CACHE", str(tmp_path / "no builds"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(every_level, "FIDELITIES", ("event", "verilog"))
    library.functions.cache_clear()
    answer = inloop("evaluate", trained, "--fidelity", "all", "--samples", 60)
    assert (answer.code, answer.err) == (0, "")
    assert "verilog did not run: g++ was not found and this needs it: install the system's package g++" in answer.out
    event, verilog = inloop("evaluate", trained, "--fidelity", "all", "--samples", 60, "--json").json["levels"]
    assert event["samples"] == 60
    assert verilog.keys() == {"fidelity", "not_run"}
    assert not (tmp_path / "no builds").exists()


def test_training_on_every_level(fidelity: str, inloop: Call) -> None:
    answer = inloop("train", "tiny.toml", "--fidelity", fidelity, "--json", "--no-figures")
    assert (answer.code, answer.err, answer.json["fidelity"]) == (0, "", fidelity)
    rows = Path(answer.json["run"], "metrics.csv").read_text().splitlines()
    losses = [float(row.split(",")[rows[0].split(",").index("train_loss")]) for row in rows[1:]]
    assert losses[1] < losses[0]


def test_agree_on_a_run(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    answer = inloop("agree", trained, "--levels", "behavioral,ideal", "--samples", 40, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["agrees"] is True
    (comparison,) = answer.json["comparisons"]
    assert (comparison["levels"], comparison["class"]) == (["ideal", "behavioral"], "C")
    assert (comparison["network"], comparison["samples"]) == (str(trained), 40)
    spikes, traces = comparison["quantities"]
    assert (spikes["figure"], spikes["tolerance"], spikes["agrees"]) == (0, 0, True)
    assert spikes["compared"] > 100
    assert 0 < traces["figure"] < 1e-5 == traces["tolerance"]
    assert comparison["first_difference"] is None
    assert files_in(trained) == before


def test_agree_without_a_run_for_people(inloop: Call) -> None:
    answer = inloop("agree", "--levels", "behavioral,event", "--samples", 5, "--figure", "spikes.png")
    assert (answer.code, answer.err) == (0, "")
    for word in ("64-120-10", "class B", "≥ 99.5", "agree", "spikes.png"):
        assert word in answer.out
    assert Path("spikes.png").read_bytes()[:4] == b"\x89PNG"


def test_agree_writes_waves_on_demand(trained: Path, inloop: Call) -> None:
    options = ("agree", trained, "--levels", "behavioral,event", "--samples", 6, "--steps-per-sample", 4)
    chosen = ("--waves", "signals", "--wave-sample", 3, "--wave-cycles", "100:400")
    answer = inloop(*options, *chosen, "--json")
    assert answer.err == ""
    files = [comparison["waves"] for comparison in answer.json["comparisons"]]
    assert len(set(files)) == 2
    assert {str(file) for file in Path("signals").iterdir()} == set(files)
    for file in files:
        assert Path(file).name.endswith("sample3-cycles100-400.vcd")
        assert "$scope module event $end" in Path(file).read_text()
        assert "$scope module behavioral $end" in Path(file).read_text()
    people = inloop(*options, *chosen)
    assert f"for Surfer or GTKWave: {files[0]}" in people.out
    assert inloop(*options, "--json").json["comparisons"][1]["waves"] is None


def test_levels_that_disagree(trained: Path, inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.cosim import agree

    real = agree.open_level

    def broken(fidelity: str, topology: Any, chip: Any, grid: Any) -> Any:
        """Behavioral neurons whose membranes decay too slowly."""
        if fidelity == "behavioral":
            chip.spec = chip.spec.with_fields(tau_mem_s=1.01 * chip.spec.tau_mem_s)
        return real(fidelity, topology, chip, grid)

    monkeypatch.setattr(agree, "open_level", broken)
    options = ("agree", trained, "--levels", "ideal,behavioral", "--samples", 40)
    people = inloop(*options, "--figure", "spikes.png")
    assert (people.code, people.err) == (1, "")
    assert "differ" in people.out
    assert "first difference of ideal and behavioral" in people.out
    (waves,) = Path("waves").iterdir()
    assert f"waves of ideal and behavioral, for Surfer or GTKWave: {waves}" in people.out
    assert Path("spikes.png").stat().st_size > 1000
    answer = inloop(*options, "--json")
    assert answer.code == 1
    assert answer.json["agrees"] is False
    assert answer.json["comparisons"][0]["first_difference"]["quantity"] == "spike"


def test_from_starts_with_the_weights_of_a_run(trained: Path, inloop: Call) -> None:
    rate = ("--set", "training.learning_rate=1e-12")
    answer = inloop("train", "tiny.toml", "--from", trained, "--run", "here", "--json", "--no-figures", *rate)
    assert answer.json["test_accuracy"] == inloop("evaluate", trained, "--json").json["test_accuracy"]
    fresh = inloop("train", "tiny.toml", "--json", "--no-figures", *rate)
    assert fresh.json["hidden_spikes"] != answer.json["hidden_spikes"]


def test_chip(inloop: Call) -> None:
    answer = inloop("chip", "tiny", "--die", 3, "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json.keys() == {"chip", "die", "calibration", "spread"}
    assert answer.json["chip"]["columns"] == 16
    assert answer.json["spread"]["tau_mem"].keys() == {"mean", "std"}
    assert inloop("chip", "tiny", "--calibration", "perfect", "--json").json["spread"]["tau_mem"]["std"] == 0
    wafer = inloop("chip", "bss1", "--die", 3, "--json").json
    assert wafer["calibration"] == "calibrated"
    assert wafer["spread"]["tau_mem_s"]["std"] > 0.1e-6
    assert "reversal_exc_v" in inloop("chip", "bss1").out
    assert "as a table only" in inloop("chip", "bss1", "--figure", "x.png").err
    people = inloop("chip", "--figure", "die.png")
    assert people.code == 0
    assert "threshold_lsb" in people.out
    assert "spread of the die: die.png" in people.out
    assert Path("die.png").stat().st_size > 1000


def test_chip_map(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    answer = inloop("chip", "map", trained, "--out", "map.png", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert (answer.json["network"], answer.json["chip"], answer.json["figure"]) == ("25-12-3", "bss2", "map.png")
    assert answer.json["used"]["columns"] == {"used": 15, "available": 256}
    assert Path("map.png").read_bytes()[:4] == b"\x89PNG"
    assert files_in(trained) == before
    same = inloop("chip", "map", "tiny.toml", "--json").json
    assert (same["used"], same["buses"]) == (answer.json["used"], answer.json["buses"])
    people = inloop("chip", "map", "70-186r-20")
    assert (people.code, people.err) == (0, "")
    for word in ("synapse drivers", "labels on the fullest bus", "bottom 3", "placement: chip-map.png"):
        assert word in people.out
    small = inloop("chip", "map", "8-5r-3", "--chip", "tiny", "--set", "rows=32", "--json").json
    assert small["used"]["synapse rows"]["available"] == 64


def test_data(inloop: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path / "nothing"))
    answer = inloop("data", "--json")
    assert (answer.code, answer.err) == (0, "")
    assert answer.json["root"] == str(tmp_path / "nothing")
    assert answer.json["datasets"]["yin-yang"] == {"ready": True, "files": {}}
    assert answer.json["datasets"]["mnist"]["ready"] is False
    assert set(answer.json["datasets"]["mnist"]["files"].values()) == {"missing"}
    assert "inloop data fetch mnist" in inloop("data").out


# --- what it refuses


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["train"], ["--list"]),
        (["train", "imagenet"], ["unknown preset 'imagenet'", "yin-yang"]),
        (["train", "none.toml"], ["cannot read", "none.toml"]),
        (["train", "tiny.toml", "--set", "training.epoch=5"], ["unknown field 'training.epoch'"]),
        (["train", "tiny.toml", "--set", "die.x=5"], ["die"]),
        (["train", "tiny.toml", "--set", "epochs"], ["FIELD=VALUE"]),
        (["train", "tiny.toml", "--set", "network.hidden=[0]"], ["network.hidden"]),
        (["train", "tiny.toml", "--set", "network.hidden=[400]"], ["403 neurons", "256 columns"]),
        (["train", "tiny.toml", "--set", "network.hidden=[1000000000]"], ["256 columns"]),
        (["train", "tiny.toml", "--set", "duration_s=10e-6"], ["duration_s", "last input spike"]),
        (["train", "tiny.toml", "--set", "duration_s=-1"], ["duration_s"]),
        (["train", "tiny.toml", "--set", "training.batch=0"], ["training.batch"]),
        (["train", "tiny.toml", "--set", "training.learning_rate=nan"], ["training.learning_rate"]),
        (["train", "tiny.toml", "--set", "network.initial_mean=nan"], ["mean = nan"]),
        (["train", "tiny.toml", "--set", "chip.fields.tau_mem_s=nan"], ["tau_mem_s"]),
        (["agree", "--wave-cycles", "1:2"], ["need --waves DIR"]),
        (["agree", "--waves", "w", "--wave-cycles", "5"], ["'5' must read FROM:TO"]),
        (["chip", "map", "300-246-10"], ["needs 300 signed inputs", "256 synapse drivers", "remove 44"]),
        (["chip", "map", "256-600r-10"], ["610 neurons", "256 columns", "354 neurons smaller"]),
        (["chip", "map", "256-10"], ["INPUTS-HIDDEN-…-OUTPUTS"]),
        (["chip", "map", "nowhere"], ["unknown preset 'nowhere'"]),
        (["chip", "map", "8-5-3", "--set", "legs=4"], ["unknown chip field 'legs'"]),
        (["train", "tiny.toml", "--fidelity", "quantum"], ["unknown fidelity 'quantum'", "ideal"]),
        (["train", "tiny.toml", "--die", "x"], ["--die"]),
        (["train", "tiny.toml", "--die", "1.5"], ["--die"]),
        (["train", "tiny.toml", "--die", "-1"], ["die"]),
        (["train", "tiny.toml", "--seed", "-1"], ["seed"]),
        (["train", "tiny.toml", "--epochs", "0"], ["training.epochs"]),
        (["train", "tiny.toml", "--device", "tpu"], ["device"]),
        (["train", "tiny.toml", "--resume", "runs/a"], ["drop PRESET"]),
        (["train", "--resume", "a", "--die", "3", "--epochs", "4", "--set", "seed=1"], ["drop --die, --epochs, --set"]),
        (["train", "--resume", "a", "--run", "b", "--from", "c"], ["drop --run, --from"]),
        (["train", "--resume", "nowhere"], ["nowhere is no run folder"]),
        (["train", "tiny.toml", "--from", "nowhere"], ["nowhere is no run folder"]),
        (["train", "tiny.toml", "--run", "tiny.toml/run"], ["cannot write", "tiny.toml/run"]),
        (["train", "tiny.toml", "surplus"], ["surplus"]),
        (["evaluate", "nowhere"], ["nowhere is no run folder"]),
        (["evaluate"], ["run"]),
        (["evaluate", "nowhere", "--samples", "0"], ["--samples"]),
        (["agree", "nowhere"], ["nowhere is no run folder"]),
        (["agree", "--levels", "event,analog"], ["unknown fidelity 'analog'", "behavioral"]),
        (["agree", "--levels", "event"], ["'event'", "two different ones"]),
        (["agree", "--levels", "ideal,event"], ["'ideal'", "'behavioral'"]),
        (["agree", "--steps-per-sample", "7"], ["steps_per_sample = 7", "208 cycles"]),
        (["agree", "--samples", "0"], ["--samples"]),
        (["agree", "--seed", "-1"], ["seed = -1"]),
        (
            ["agree", "--samples", "3", "--levels", "ideal,behavioral", "--figure", "tiny.toml/a.png", "--json"],
            ["cannot write"],
        ),
        (["chip", "bss9"], ["unknown chip preset 'bss9'"]),
        (["chip", "--die", "-1"], ["-1"]),
        (["chip", "--calibration", "wishful"], ["wishful"]),
        (["chip", "--figure", "tiny.toml/die.png"], ["cannot write"]),
        (["data", "fetch", "unknown"], ["unknown data set 'unknown'", "mnist"]),
        (["data", "fetch", "yin-yang"], ["generated"]),
        (["data", "fetch"], ["name"]),
        (["teach"], ["teach"]),
        (["--colour"], ["--colour"]),
    ],
    ids=" ".join,
)
def test_bad_input(arguments: list[str], words: list[str], inloop: Call, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    answer = inloop(*arguments)
    refused(answer, *words)
    assert not answer.out
    assert files_in(tmp_path) == before
    assert not Path("runs").exists()


def test_bad_input_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = process("train", "yin-yang", "--set", "training.epoch=5", cwd=tmp_path)
    refused(Answer(done.returncode, done.stdout, done.stderr), "unknown field 'training.epoch'")
    assert not list(tmp_path.iterdir())


def test_bad_number_of_threads(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_THREADS", "many")
    refused(inloop("train", "tiny.toml"), "INLOOP_THREADS = 'many'")


def test_cuda_without_cuda(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    refused(inloop("train", "tiny.toml", "--device", "cuda"), "'cuda' is not available", "--device cpu")
    assert not Path("runs").exists()


def test_missing_data_says_where_to_put_it(inloop: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INLOOP_DATA", str(tmp_path / "data"))
    refused(inloop("train", "mnist"), f"no file {tmp_path}/data/mnist/", "inloop data fetch mnist", "INLOOP_DATA")
    assert not Path("runs").exists()


def test_too_little_memory(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.training.loop import Trainer

    def fails(*_: Any) -> None:
        raise MemoryError("Unable to allocate 9 TiB")

    monkeypatch.setattr(Trainer, "fit", fails)
    refused(inloop("train", "tiny.toml"), "not enough memory", "9 TiB")


def test_defects_are_not_hidden(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.training.loop import Trainer

    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Trainer, "fit", fails)
    with pytest.raises(ZeroDivisionError):
        inloop("train", "tiny.toml")


def test_labels_out_of_range(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.training import problem
    from inloop.training.datasets.dataset import load

    def shifted(*arguments: Any, **options: Any) -> Any:
        data = load(*arguments, **options)
        data.labels[7] = 5
        return data

    monkeypatch.setattr(problem, "load", shifted)
    refused(inloop("train", "tiny.toml", "--no-figures"), "labels range from 0 to 5", "classes 0 to 2")


def test_existing_run_is_kept(trained: Path, inloop: Call) -> None:
    before = files_in(trained)
    refused(inloop("train", "tiny.toml", "--run", trained), "holds a run already", f"--resume {trained}")
    assert files_in(trained) == before


def of_another_version(run: Path) -> None:
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps({**config, "run_version": 99}))


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (lambda run: (run / "checkpoint.pt").unlink(), "no checkpoint"),
        (lambda run: (run / "checkpoint.pt").write_bytes(os.urandom(500)), "cannot be read"),
        (lambda run: os.truncate(run / "checkpoint.pt", 3000), "cannot be read"),
        (lambda run: (run / "config.json").unlink(), "no config.json"),
        (lambda run: (run / "config.json").write_text("{"), "cannot read"),
        (of_another_version, "version 99, this inloop reads 1"),
    ],
    ids=["no weights", "random bytes", "truncated", "no configuration", "broken JSON", "other version"],
)
@pytest.mark.parametrize(
    "command",
    [
        ["evaluate"],
        ["evaluate", "--fidelity", "all"],
        ["agree"],
        ["train", "--resume"],
        ["train", "tiny.toml", "--from"],
    ],
    ids=lambda words: "-".join(words),
)
def test_damaged_run(command: list[str], damage: Callable[[Path], Any], word: str, trained: Path, inloop: Call) -> None:
    damage(trained)
    before = files_in(trained)
    refused(inloop(*command, trained), word, str(trained))
    assert files_in(trained) == before
    assert not Path("runs").exists()


def test_from_a_run_of_another_network(trained: Path, inloop: Call) -> None:
    options = ("--set", "network.hidden=[13]")
    refused(inloop("train", "tiny.toml", *options, "--from", trained), "25-12-3 network, not to 25-13-3")
    refused(inloop("evaluate", trained, *options), "25-12-3 network, not to 25-13-3")
    assert not Path("runs").exists()


@pytest.mark.parametrize("part", ["checkpoint", "metrics", "weights", "result"])
def test_full_disk(part: str, inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run stops at some file with a message; what is there is whole, and --resume completes it."""
    straight = inloop("train", "tiny.toml", "--run", "straight", "--no-figures", "--json").json
    replace = Path.replace

    def fails(self: Path, target: Path) -> Path:
        if target.name.startswith(part) and (part != "checkpoint" or target.exists()):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", fails)
    refused(inloop("train", "tiny.toml", "--run", "here", "--no-figures", "--json"), "No space left", f"here/{part}")
    assert not [file for file in Path("here").iterdir() if file.name.startswith(".")]
    monkeypatch.setattr(Path, "replace", replace)
    resumed = inloop("train", "--resume", "here", "--no-figures", "--json").json
    assert resumed["test_accuracy"] == straight["test_accuracy"]
    for name in ("metrics.csv", "weights.npz"):
        assert Path("here", name).read_bytes() == Path("straight", name).read_bytes()


# --- interruption


def test_interrupted_before_the_first_checkpoint(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    from inloop.training.loop import Trainer

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "_epoch", interrupted)
    answer = inloop("train", "tiny.toml")
    assert answer.code == 130
    assert answer.err.strip() == "inloop: interrupted; no epoch was complete"


CONTROL_C = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background ignores it
from inloop import cli
from inloop.training.progress import Meter
batches = 0
advance = Meter.advance
def stop_at_the_tenth_batch(self, samples):
    global batches
    batches += 1
    if batches == 10:
        os.kill(os.getpid(), signal.SIGINT)
    advance(self, samples)
Meter.advance = stop_at_the_tenth_batch
cli.main()
"""


def test_control_c_in_mid_epoch(inloop: Call, tmp_path: Path) -> None:
    """The tenth batch is the second of the third epoch."""
    options = ["--set", "training.epochs=6", "--set", "training.samples=200", "--no-figures"]
    inloop("train", "tiny.toml", *options, "--run", "straight")
    done = subprocess.run(
        [sys.executable, "-c", CONTROL_C, "train", "tiny.toml", *options, "--run", "here"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    command = "inloop train --resume here"
    assert done.returncode == 130
    assert done.stderr == f"inloop: interrupted; 2 whole epochs are kept, continue with: {command}\n"
    assert len(Path("here/metrics.csv").read_text().splitlines()) == 1 + 2
    assert {file.name for file in Path("here").iterdir()} == {
        "checkpoint.pt", "config.json", "metrics.csv", "versions.json",
    }  # fmt: skip
    assert inloop(*command.split()[1:], "--no-figures").code == 0
    for name in ("metrics.csv", "weights.npz"):
        assert Path("here", name).read_bytes() == Path("straight", name).read_bytes()


def test_reproduce_lists_experiments_and_refuses_others(inloop: Call) -> None:
    names = inloop("reproduce", "--list").out.split()
    assert "benchmarks" in names
    assert [each["name"] for each in inloop("reproduce", "--list", "--json").json["experiments"]] == names
    assert inloop("reproduce").code == 2
    assert "unknown experiment" in inloop("reproduce", "spells").err
    assert inloop("report", "nowhere").code == 2
    assert not Path("results").exists()


def test_killed_in_mid_epoch(inloop: Call, tmp_path: Path) -> None:
    """As above, without a chance to say good-bye."""
    options = ["--set", "training.epochs=4", "--set", "training.samples=200", "--no-figures"]
    inloop("train", "tiny.toml", *options, "--run", "straight")
    killed = CONTROL_C.replace("os.getpid(), signal.SIGINT", "os.getpid(), signal.SIGKILL")
    done = subprocess.run(
        [sys.executable, "-c", killed, "train", "tiny.toml", *options, "--run", "here"], cwd=tmp_path, check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert inloop("train", "--resume", "here", "--no-figures").code == 0
    for name in ("metrics.csv", "weights.npz"):
        assert Path("here", name).read_bytes() == Path("straight", name).read_bytes()


def test_a_worker_thread_that_dies(inloop: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of two threads of a batch fails in the second epoch; the run is whole and goes on from the first."""
    from inloop.cosim import event

    options = ["tiny.toml", "--fidelity", "event", "--no-figures"]
    inloop("train", *options, "--run", "straight")
    real, calls = event.run_lockstep, []

    def dies(*arguments: Any) -> int:
        calls.append(threading.current_thread().name)
        if len(calls) == 20:
            raise MemoryError("a worker ran out of it")
        return int(real(*arguments))

    monkeypatch.setenv("INLOOP_THREADS", "2")
    monkeypatch.setattr(event, "run_lockstep", dies)
    refused(inloop("train", *options, "--run", "here"), "not enough memory (a worker ran out of it)")
    assert len({name for name in calls if name.startswith("inloop")}) == 2
    assert len(Path("here/metrics.csv").read_text().splitlines()) == 1 + 1
    monkeypatch.setattr(event, "run_lockstep", real)
    assert inloop("train", "--resume", "here", "--no-figures").code == 0
    for name in ("metrics.csv", "weights.npz"):
        assert Path("here", name).read_bytes() == Path("straight", name).read_bytes()


@pytest.mark.parametrize(
    "command",
    [["evaluate", "trained"], ["agree", "trained", "--levels", "event,verilog"], ["train", "tiny.toml"]],
    ids=lambda words: words[0],
)
def test_a_level_whose_tools_are_missing(
    command: list[str], trained: Path, inloop: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INLOOP_CACHE", str(tmp_path / "no builds"))
    monkeypatch.setenv("PATH", str(tmp_path))
    library.functions.cache_clear()
    before = files_in(tmp_path)
    level = [] if command[0] == "agree" else ["--fidelity", "verilog"]
    refused(inloop(*command, *level), "g++ was not found", "install the system's package g++")
    assert files_in(tmp_path) == before
    assert trained.exists()
