"""The bar on a terminal, of the command's own work and of what the layers tell."""

from __future__ import annotations

import io
from typing import Any

import pytest
from inloop.cli import meter
from rich.console import Console

from tests.cli.command import Call


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Return what standard error gets where it is a terminal."""
    shown = io.StringIO()

    def console(**_: Any) -> Console:
        return Console(file=shown, force_terminal=True, width=100)

    monkeypatch.setattr(meter, "Console", console)
    return shown


def test_a_bar_says_what_runs_and_how_far_it_is(terminal: io.StringIO) -> None:
    with meter.Meter("event", 4) as bar:
        bar.advance(1)
        bar.describe("epoch 2/3")
        bar._progress.refresh()
    for part in ("event", "25 %", "epoch 2/3"):
        assert part in terminal.getvalue()


def test_no_bar_where_none_is_wanted(terminal: io.StringIO) -> None:
    with meter.Meter("event", 4, enabled=False) as bar:
        bar.advance(1)
    assert terminal.getvalue() == ""


def test_a_training_shows_its_epochs(terminal: io.StringIO, inloop: Call) -> None:
    assert inloop("train", "tiny.toml", "--no-figures", "--run", "here").code == 0
    assert "behavioral" in terminal.getvalue()
    assert "epoch 2/2" in terminal.getvalue()
