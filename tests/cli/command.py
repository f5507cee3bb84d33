"""The command as the tests call it: a small experiment, answers, checks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

EXPERIMENT = """
dataset = "yin-yang"
duration_s = 20e-6
steps_per_sample = 4
[encoding]
kind = "spike-time"
repetitions = 5
[network]
hidden = [12]
initial_scale = 2.0
initial_mean = 4.0
[chip.fields]
readout_gain = 0.15
[training]
epochs = 2
samples = 100
batch = 50
learning_rate = 3e-3
loss = "max-over-time"
logit_scale = 1.0
slope = 20.0
keep = "last"
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
