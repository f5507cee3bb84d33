"""What the command refuses: one line that says what to do, exit code 2, nothing lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from inloop.cosim.verilated import library

from tests.cli.command import Answer, Call, files_in, process, refused


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
        (
            ["train", "tiny.toml", "--epochs", "1", "--set", "training.epochs=2"],
            ["training.epochs is given twice, 1 and 2"],
        ),
        (["train", "tiny.toml", "--set", "die=1", "--set", "die=2"], ["die is given twice, 1 and 2"]),
        (["train", "tiny.toml", "--die", "1", "--set", "die=2"], ["die is given twice"]),
        (["evaluate", "nowhere", "--fidelity", "event", "--set", "fidelity=ideal"], ["fidelity is given twice"]),
        (
            ["train", "tiny.toml", "--epochs", "1", "--set", "training={epochs=1}"],
            ["training is part of training.epochs"],
        ),
        (["train", "n" * 300 + ".toml"], ["cannot read configuration nnn", "File name too long"]),
        (["train", "tiny.toml", "--run", "n" * 300], ["nnn", "File name too long"]),
        (["train", "--resume", "a/" * 3000], ["a/a/", "File name too long"]),
        (["train", "\udcff.toml"], ["is no text in UTF-8"]),
        (["train", "tiny.toml", "--set", "name=\udcff"], ["is no text in UTF-8"]),
        (["train", "tiny.toml", "--die", "9" * 5000], ["--die"]),
        (["train", "tiny.toml", "--set", "seed=" + "9" * 5000], ["seed", "integer"]),
        (["train", "tiny.toml", "--set", "network.hidden=" + "[" * 5000], ["network.hidden"]),
        (["train", "tiny.toml", "--set", "die=1\nseed=2"], ["die"]),
        (["train", "x" * 5000], ["unknown preset 'xxx", "yin-yang"]),
        (["train", "\x1b[31m"], [r"\x1b[31m"]),
        (["chip", "map", "9" * 5000 + "-5-3"], ["INPUTS-HIDDEN-…-OUTPUTS"]),
        (["chip", "map", "8-5-3", "--set", "columns=" + "9" * 30], ["columns"]),
        (["agree", "--waves", "w", "--wave-cycles", "1:" + "9" * 5000], ["FROM:TO"]),
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
    for given in ("many", "0", "-1", "1.5", " 2", "٣", "", "1e3", "99999", "9" * 5000):
        monkeypatch.setenv("INLOOP_THREADS", given)
        refused(inloop("train", "tiny.toml"), f"INLOOP_THREADS = '{given[:20]}")


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
    from inloop.training.datasets.data_set import DataSet

    def shifted(data_set: DataSet, split: str, hold_out: bool = False) -> Any:
        data = data_set.read(split, hold_out)
        data.labels[7] = 5
        return data

    monkeypatch.setattr(DataSet, "load", shifted)
    refused(inloop("train", "tiny.toml", "--no-figures"), "label 5 of sample 7 is outside 0..2")


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
