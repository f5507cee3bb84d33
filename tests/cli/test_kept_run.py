"""A run folder of before still loads: `kept_run` has one epoch behind it and was made before the modules moved."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.command import Call

KEPT = Path(__file__).with_name("kept_run")


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return Path(shutil.copytree(KEPT, tmp_path / "kept"))


def test_it_is_worth_what_it_was(kept: Path, inloop: Call) -> None:
    before = json.loads((kept / "result.json").read_text())
    now = inloop("evaluate", kept, "--json").json
    assert now["test_accuracy"] == pytest.approx(before["test_accuracy"], abs=0.5)  # another processor rounds otherwise
    assert now["hidden_spikes"] == pytest.approx(before["hidden_spikes"], rel=0.01)


def test_it_goes_on(kept: Path, inloop: Call) -> None:
    assert inloop("train", "--resume", kept, "--json").code == 0
    assert len((kept / "metrics.csv").read_text().splitlines()) == 3
