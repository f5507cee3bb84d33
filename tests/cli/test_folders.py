"""Folders and files on the command line: nothing of the user's own is replaced, nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import EXPERIMENT, Call, files_in, refused

SMALL = ["--epochs", "1", "--set", "training.samples=50", "--no-figures"]
SIGNAL = """
import os, signal, sys
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it
from inloop import cli
from inloop.cli.meter import Meter
batches = 0
advance = Meter.advance
def stop(self, samples):
    global batches
    batches += 1
    if batches == BATCH:
        os.kill(os.getpid(), getattr(signal, NAME))
    advance(self, samples)
Meter.advance = stop
cli.main()
"""


def test_trainings_started_at_once(tmp_path: Path) -> None:
    """Each has a folder of its own; of those that ask for the same one, one has it."""
    (tmp_path / "tiny.toml").write_text(EXPERIMENT)
    begin = [sys.executable, "-m", "inloop", "train", "tiny.toml", *SMALL]
    options: dict[str, Any] = {"cwd": tmp_path, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "text": True}
    own = [subprocess.Popen(begin, **options) for _ in range(2)]
    same = [subprocess.Popen([*begin, "--run", "one"], **options) for _ in range(2)]
    assert [process.communicate()[1] for process in own] == [""] * 2
    said = [process.communicate()[1] for process in same]
    assert sorted(process.returncode for process in same) == [0, 2]
    assert all("one holds a run already" in text or "at work in one" in text for text in said if text)
    assert len([each for each in (tmp_path / "runs").iterdir() if (each / "result.json").exists()]) == 2


@pytest.mark.parametrize(
    "command",
    [
        ["train", "tiny.toml", "--run", ""],
        ["train", "tiny.toml", "--run="],
        ["train", "tiny.toml", "--from", ""],
        ["train", "--resume", ""],
        ["train", ""],
        ["evaluate", ""],
        ["report", ""],
        ["reproduce", "latency", "--out", ""],
        ["verilog", "--chip", "tiny", "--out="],
        ["chip", "map", "8-5-3", "--out", ""],
        ["agree", "--samples", "1", "--waves", ""],
    ],
    ids=" ".join,
)
def test_an_empty_name_is_not_the_current_folder(command: list[str], inloop: Call, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    refused(inloop(*command), "is empty; give a name, or leave it out")
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("name", ["../x", "a/b", "/tmp/x", "..", "", "~", "-x", "a\n", "\x1b[31m", "x" * 300])
def test_the_name_of_an_experiment_stays_in_its_folder(name: str, inloop: Call, tmp_path: Path) -> None:
    before = files_in(tmp_path)
    refused(inloop("train", "tiny.toml", *SMALL, "--set", f"name={json.dumps(name)}"), "name: ", "must ")
    assert files_in(tmp_path) == before
    assert not Path("runs").exists()


def test_a_folder_of_the_user(inloop: Call, tmp_path: Path) -> None:
    Path("mine").mkdir()
    for name in ("metrics.csv", "result.json", "weights.npz", "best.pt", "checkpoint.pt"):
        Path("mine", name).write_text("mine")
    before = files_in(tmp_path)
    refused(inloop("train", "tiny.toml", *SMALL, "--run", "mine"), "mine holds files that belong to no run")
    assert files_in(tmp_path) == before


@pytest.mark.parametrize("error", ["ConfigError", "SpikeError", "LabelError", "MemoryError"])
def test_a_run_that_is_refused_in_its_first_epoch_leaves_no_folder(
    error: str, inloop: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from inloop import errors
    from inloop.training.loop import Trainer

    def fails(*_: Any) -> None:
        raise getattr(errors, error, MemoryError)("so it is")

    monkeypatch.setattr(Trainer, "_epoch", fails)
    Path("there").mkdir()
    before = sorted(tmp_path.rglob("*"))
    for options in ([], ["--run", "new"], ["--run", "there"]):
        refused(inloop("train", "tiny.toml", *options, "--no-figures"), "so it is")
        assert sorted(tmp_path.rglob("*")) == before


def test_a_bad_number_of_threads_makes_no_folder(inloop: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))
    monkeypatch.setenv("INLOOP_THREADS", "abc")
    for command in (["train", "tiny.toml", *SMALL], ["reproduce", "latency", "--quick"]):
        refused(inloop(*command), "INLOOP_THREADS = 'abc'")
        assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("name", "batch", "kept"), [("SIGTERM", 3, "1 whole epochs are kept"), ("SIGHUP", 1, "no epoch")]
)
def test_told_to_end(name: str, batch: int, kept: str, inloop: Call, tmp_path: Path) -> None:
    """SIGTERM and SIGHUP end a run as Ctrl-C does; the run goes on as if there had been no end."""
    inloop("train", "tiny.toml", "--run", "straight", "--no-figures")
    code = SIGNAL.replace("BATCH", str(batch)).replace("NAME", repr(name))
    done = subprocess.run(
        [sys.executable, "-c", code, "train", "tiny.toml", "--run", "my run", "--no-figures"],
        capture_output=True, text=True, cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == 130
    assert kept in done.stderr
    assert done.stderr.startswith("inloop: interrupted; ")
    assert done.stderr.endswith("continue with: inloop train --resume 'my run'\n")
    assert done.stderr.count("\n") == 1
    assert not list(Path("my run").glob(".*"))
    assert inloop("train", "--resume", "my run", "--no-figures").code == 0
    for file in ("metrics.csv", "weights.npz"):
        assert Path("my run", file).read_bytes() == Path("straight", file).read_bytes()


def test_killed_before_the_first_epoch_of_a_run_from_another(inloop: Call, trained: Path, tmp_path: Path) -> None:
    """The weights to begin with are in the run from its first moment on, even if the other one is gone."""
    inloop("train", "tiny.toml", "--from", trained, "--run", "straight", "--no-figures")
    code = SIGNAL.replace("BATCH", "1").replace("NAME", "'SIGKILL'")
    done = subprocess.run(
        [sys.executable, "-c", code, "train", "tiny.toml", "--from", str(trained), "--run", "here", "--no-figures"],
        cwd=tmp_path, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL
    shutil.rmtree(trained)
    assert inloop("train", "--resume", "here", "--no-figures").code == 0
    for file in ("metrics.csv", "weights.npz"):
        assert Path("here", file).read_bytes() == Path("straight", file).read_bytes()


def test_a_run_that_another_process_trains(inloop: Call, trained: Path) -> None:
    from inloop.claim import Claim

    before = files_in(trained)
    with Claim(trained):
        refused(inloop("train", "--resume", trained), f"another inloop is at work in {trained}")
        assert inloop("evaluate", trained, "--samples", 5).code == 0
    assert files_in(trained) == before


def test_more_epochs_and_an_edited_die(inloop: Call, trained: Path) -> None:
    config = json.loads((trained / "config.json").read_text())
    edited = {**config, "training": {**config["training"], "epochs": 3}}
    (trained / "config.json").write_text(json.dumps(edited))
    answer = inloop("train", "--resume", trained, "--no-figures")
    assert (answer.code, answer.err) == (0, "")
    assert f"{trained}: training.epochs 2 → 3 since the last epoch\n" in answer.out
    (trained / "config.json").write_text(json.dumps({**edited, "die": 5, "fidelity": "ideal"}))
    before = files_in(trained)
    words = ("fidelity 'behavioral' → 'ideal', die 0 → 5", "put it back", "--from")
    refused(inloop("train", "--resume", trained, "--no-figures"), *words)
    assert files_in(trained) == before


@pytest.mark.parametrize(
    "command",
    [
        ["chip", "tiny", "--figure"],
        ["chip", "map", "8-5-3", "--chip", "tiny", "--out"],
        ["agree", "--samples", "2", "--levels", "ideal,behavioral", "--figure"],
    ],
    ids=" ".join,
)
def test_a_figure_replaces_figures_of_ours_only(command: list[str], inloop: Call) -> None:
    Path("mine.png").write_bytes(b"\x89PNG\r\n\x1a\n of a holiday")
    Path("folder").mkdir()
    os.mkfifo("fifo")
    Path("endless").symlink_to("/dev/zero")
    for name in ("mine.png", "folder", "fifo", "endless"):
        refused(inloop(*command, name), f"cannot write {name}: ")
    refused(inloop(*command, "/dev/null"), "cannot write /dev/null: it is there and was not made by inloop")
    assert Path("mine.png").read_bytes().endswith(b" of a holiday")
    assert Path("/dev/null").is_char_device()
    for _ in range(1 if command[0] == "agree" else 2):  # the comparison takes time
        assert inloop(*command, "ours.png").code == 0


def test_verilog_replaces_nothing(inloop: Call, tmp_path: Path) -> None:
    assert inloop("verilog", "--chip", "tiny", "--out", "hardware").code == 0
    before = files_in(tmp_path)
    assert inloop("verilog", "--chip", "tiny", "--out", "hardware").code == 0
    refused(
        inloop("verilog", "--chip", "tiny", "--set", "link_in_depth=4", "--out", "hardware"), "is there and differs"
    )
    assert files_in(tmp_path) == before
    template = next(Path("hardware").glob("*_template.vh"))
    template.write_text("mine")
    next(Path("hardware").glob("*_lint.vlt")).unlink()
    before = files_in(tmp_path)
    refused(inloop("verilog", "--chip", "tiny", "--out", "hardware"), f"{template} is there and differs")
    assert files_in(tmp_path) == before


def test_verilog_on_a_full_disk_leaves_nothing(inloop: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 4:
            raise OSError(28, "No space left on device")
        fsync(handle)

    monkeypatch.setattr(os, "fsync", full)
    before = files_in(tmp_path)
    refused(inloop("verilog", "--chip", "tiny", "--out", "hardware"), "No space left")
    assert files_in(tmp_path) == before
