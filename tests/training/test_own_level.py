"""A level of the user's own, handed in where the name of one can: open, or registered under a name."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from inloop.behavioral.grid import make_grid
from inloop.cosim.bss2.random_subject import random_subject
from inloop.cosim.chip import Chip
from inloop.cosim.fidelity import LEVELS, Fidelity
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Observation
from inloop.errors import ConfigError
from inloop.training.defaults import DURATION_S, STEPS_PER_SAMPLE
from inloop.training.in_the_loop import InTheLoop
from inloop.training.network import Network

SUBJECT = random_subject(4, recurrent=True, seed=1, die=3)


class Recorded:
    """Another level behind a door that counts who comes through."""

    fidelity = Fidelity("recorded")

    def __init__(self, topology: Any, chip: Chip, grid: Any) -> None:
        self.grid, self.calls = grid, 0
        self.inner = open_level("behavioral", topology, chip, grid)
        self.weight_limit = self.inner.weight_limit

    def run(self, *given: Any, **options: Any) -> Observation:
        self.calls += 1
        return self.inner.run(*given, **options)


def network() -> Network:
    return Network(64, 120, 10, recurrent=True, seed=2)


def opened(chip: Chip = SUBJECT.chip, steps: int = STEPS_PER_SAMPLE) -> Recorded:
    return Recorded(network().topology, chip, make_grid(chip.spec, DURATION_S, steps))


def gradients(model: InTheLoop) -> list[torch.Tensor]:
    torch.nn.functional.cross_entropy(model(SUBJECT.spikes).readout.amax(1), torch.arange(4)).backward()
    return [p.grad for p in model.parameters() if p.grad is not None]


def test_an_open_level_is_trained_like_the_one_behind_it() -> None:
    level = opened()
    model = InTheLoop(network(), SUBJECT.chip, level)
    own, named = gradients(model), gradients(InTheLoop(network(), SUBJECT.chip))
    assert (model.fidelity, level.calls) == ("recorded", 1)
    assert all(torch.equal(a, b) for a, b in zip(own, named, strict=True))


def test_a_registered_level_is_opened_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LEVELS, "_added", {})
    LEVELS.register("recorded", Fidelity("recorded", opens=Recorded))
    model = InTheLoop(network(), SUBJECT.chip, "recorded")
    assert isinstance(model.level, Recorded)
    assert len(gradients(model)) == 3


def test_what_a_level_says_it_is_opens_another_like_it() -> None:
    for model in (InTheLoop(network(), SUBJECT.chip, "event"), InTheLoop(network(), SUBJECT.chip, "ideal")):
        assert InTheLoop(network(), SUBJECT.chip, model.level.fidelity).fidelity == model.fidelity
    with pytest.raises(ConfigError, match="has no level 'half'; it has ideal, behavioral, event, rtl, verilog"):
        InTheLoop(network(), SUBJECT.chip, Fidelity("half"))


def test_what_is_no_level_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"is neither a name nor a level: it has no grid, no weight_limit, no run"):
        open_level(type("Half", (), {"fidelity": Fidelity("half")})(), network().topology, SUBJECT.chip, SUBJECT.grid)  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="the level is on the grid TimeGrid"):
        InTheLoop(network(), SUBJECT.chip, opened(steps=2))
    with pytest.raises(ConfigError, match="unknown fidelity 'recorded'; known: ideal, behavioral, event, rtl, verilog"):
        InTheLoop(network(), SUBJECT.chip, "recorded")
    soft = opened()
    soft.fidelity = Fidelity("soft", has_die=False)
    with pytest.raises(ConfigError, match="needs a die, fidelity 'soft' has none"):
        InTheLoop(network(), SUBJECT.chip, soft, gradient="known")
