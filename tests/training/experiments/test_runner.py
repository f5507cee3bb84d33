"""Processes of trials end with the program that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

PROGRAM = """
import os, time
from dataclasses import replace
from pathlib import Path

from inloop.training.experiments.experiment import Trial
from inloop.training.experiments.registry import EXPERIMENTS
from inloop.training.experiments.runner import Work, run_all
from inloop.training.experiments.store import Store


def run(parameters, folder):
    Path("pid.new").write_text(str(os.getpid()))
    Path("pid.new").rename("pid")
    time.sleep(600)


if __name__ == "__main__":
    experiment = replace(EXPERIMENTS["latency"], name="sleep", run=run)
    run_all([Work(experiment, Trial("one", {}), Store(Path("out"), "sleep"))], 1, print)
"""


def alive(pid: int) -> bool:
    """Whether a process runs; one that ended but was not yet asked for its code does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "nothing happened within a minute"
        time.sleep(0.05)


def test_a_trial_ends_with_a_killed_program(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    program = subprocess.Popen([sys.executable, "program.py"], cwd=tmp_path, env=os.environ)
    wait_until((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    assert alive(pid)
    program.send_signal(signal.SIGKILL)
    program.wait()
    wait_until(lambda: not alive(pid))
