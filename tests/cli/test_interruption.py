"""Interrupted, killed, out of space: what is left is whole, and a run goes on from there."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Call, refused


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


def test_interrupted_before_the_first_checkpoint(inloop: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from inloop.training.loop import Trainer

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Trainer, "_epoch", interrupted)
    answer = inloop("train", "tiny.toml", "--no-figures")
    command = "inloop train --resume runs/tiny-behavioral-die0-seed0"
    assert answer.code == 130
    assert answer.err.strip() == f"inloop: interrupted; no epoch was complete, continue with: {command}"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    inloop("train", "tiny.toml", "--run", "straight", "--no-figures")
    assert inloop(*command.split()[1:], "--no-figures").code == 0
    for name in ("metrics.csv", "weights.npz"):
        resumed = Path("runs/tiny-behavioral-die0-seed0", name).read_bytes()
        assert resumed == Path("straight", name).read_bytes()


CONTROL_C = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background ignores it
from inloop import cli
from inloop.cli.meter import Meter
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
    from inloop.cosim.bss2 import event

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
