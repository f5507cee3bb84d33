"""The command in a folder of its own, and a trained run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import EXPERIMENT, Answer, Call


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
    from inloop.training.config import load_config
    from inloop.training.runs import complete, new_run

    folder = tmp_path_factory.mktemp("trained")
    (folder / "tiny.toml").write_text(EXPERIMENT)
    with new_run(load_config(str(folder / "tiny.toml")), folder / "run") as trainer:
        complete(trainer, figures=False)
    return folder / "run"


@pytest.fixture
def trained(trained_run: Path, tmp_path: Path) -> Path:
    """Return a run folder of its own with a trained network."""
    return Path(shutil.copytree(trained_run, tmp_path / "trained"))
