"""mypy and pyright see in a user's script what the package gives, and mistakes where it makes some."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("script.py")


PACKAGES = ROOT / ".venv" / "checkout"
"""Here the package has its name, for checkers; `make lint` checks it there, too, so that mypy finds what it kept."""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """Put the script into a folder of its own."""
    PACKAGES.mkdir(parents=True, exist_ok=True)
    if not (PACKAGES / "inloop").exists():
        (PACKAGES / "inloop").symlink_to(Path("..", ".."))
    (tmp_path / "script.py").write_text(SCRIPT.read_text())
    return tmp_path / "script.py"


def check(command: list[str], folder: Path) -> str:
    """Return what a checker says; nothing if it is content."""
    environment = {**os.environ, "MYPYPATH": str(PACKAGES)}
    found = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    return "" if found.returncode == 0 else found.stdout + found.stderr


def run_mypy(script: Path) -> str:
    kept = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(ROOT / ".mypy_cache")]
    return check(["mypy", *kept, script.name], script.parent)


def run_pyright(script: Path) -> str:
    if importlib.util.find_spec("basedpyright") is None:
        pytest.skip("needs basedpyright, which is pyright with all that it needs as a package of Python")
    config = {
        "include": [script.name], "extraPaths": [str(PACKAGES)], "typeCheckingMode": "standard",
        "reportUnnecessaryTypeIgnoreComment": True,
    }  # fmt: skip
    script.with_name("pyrightconfig.json").write_text(json.dumps(config))
    return check(["basedpyright", "-p", ".", "--pythonpath", sys.executable], script.parent)


@pytest.mark.parametrize("run", [run_mypy, run_pyright])
def test_a_users_script_has_types(run: Callable[[Path], str], script: Path) -> None:
    assert run(script) == ""


@pytest.mark.parametrize("run", [run_mypy, pytest.param(run_pyright, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("line", "other", "said"),
    [
        ("assert_type(observed, Observed)", "assert_type(observed, int)", "Observed"),
        ('model("spikes")', "model(events)", "ignore"),
    ],
)
def test_the_script_tells_types_from_any(
    run: Callable[[Path], str], line: str, other: str, said: str, script: Path
) -> None:
    text = script.read_text()
    assert line in text
    script.write_text(text.replace(line, other))
    assert said in run(script)
