"""The scripts in examples/ run, with small settings."""

from __future__ import annotations

import importlib
import importlib.util
import runpy
from pathlib import Path
from types import ModuleType

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def _threads() -> object:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_scripts_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 60


@pytest.mark.parametrize(
    "name",
    [
        "own_loss_on_membranes",
        "first_spike_decision",
        "skip_connection",
        "sparse_reservoir",
        "excitatory_inhibitory",
    ],
)
def test_training(name: str) -> None:
    assert 0 < example(name).main(epochs=1, samples=200) <= 100


def test_two_readouts() -> None:
    which, dot = example("two_readouts").main(epochs=1, samples=200)
    assert 0 < which <= 100
    assert 0 < dot <= 100


def test_own_surrogate() -> None:
    found = example("own_surrogate").main(epochs=1, samples=1000)
    assert list(found) == ["superspike", "triangle", "arctan", "bell"]
    assert 0 < min(found.values()) <= 100


@pytest.mark.slow
def test_the_number_of_processes_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(FOLDER)  # spawned processes import the script by its name
    main = importlib.import_module("ddp").main
    one, two = (main(ranks, epochs=1, samples=96) for ranks in (1, 2))
    assert one["trials_run"] == two["trials_run"] == 96
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, rtol=1e-4, atol=1e-5)


def test_lightning() -> None:
    pytest.importorskip("lightning", reason="Lightning is not installed")
    assert example("lightning_module").main(epochs=1, samples=200) > 0


def test_a_level_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(FOLDER / "own_level.py"), run_name="__main__")
    assert "hidden spikes per sample" in capsys.readouterr().out
