"""A chip of somebody else: one folder and one entry, and it runs on all levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.grid import make_grid
from inloop.chips import CHIPS
from inloop.cosim.agree import agree
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.cosim.trials import Subject
from inloop.errors import DoesNotFitError
from inloop.rtl.convert.verilog import verilog_modules
from inloop.training.in_the_loop import InTheLoop
from inloop.training.network import Network

from tests.chips.ring import RING


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CHIPS, "_added", {})
    CHIPS.register("ring", RING)


def subject(samples: int = 3) -> Subject:
    build = RING.part("cosim", "random_subject:random_subjects")
    found: Subject = build("ring", samples, 1)[1]
    return found


@pytest.mark.parametrize("other", ["rtl", "verilog"])
def test_levels_with_the_bus_agree_bit_for_bit(other: str) -> None:
    (found,) = agree(subject(), ["event", other])
    assert found.agrees, found.first
    assert [quantity.of > 50 for quantity in found.quantities[:2]] == [True, True]


def test_a_twin_that_serves_another_neuron_first_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.chips.ring.event import Twin

    def edge(self: Any, fires: list[int], offered: int) -> tuple[bool, int]:
        self.turn = 0
        return real(self, fires, offered)

    real = Twin.edge
    monkeypatch.setattr(Twin, "edge", edge)
    (found,) = agree(subject(), ["event", "rtl"])
    assert not found.agrees
    assert found.first is not None


def test_what_is_promised_of_an_observation(fidelity: str) -> None:
    given = subject()
    level = open_level(fidelity, given.topology, given.chip, given.grid)
    seen = level.run(given.spikes, given.weights, given.trials)
    assert seen.outputs is not None
    assert [each.dense().shape for each in seen.spiking] == [(3, given.grid.steps, n) for n in (14, 4)]
    assert seen.readout.shape == (3, given.grid.steps // seen.period, 4)
    assert seen.counters["hidden_spikes"] == seen.counts()[0].sum() > 20
    assert seen.readout.max() > 0.5
    silent = np.ones((3, 14), bool)
    assert not level.run(given.spikes, given.weights, given.trials, (silent,)).counts()[0].any()


def test_the_grid_is_near_the_bus() -> None:
    given = subject(6)
    counts = [
        open_level(name, given.topology, given.chip, given.grid).run(given.spikes, given.weights, given.trials).counts()
        for name in ("ideal", "behavioral", "event")
    ]
    totals = np.array([[layer.sum() for layer in each] for each in counts])
    np.testing.assert_allclose(totals[1], totals[0], rtol=0.15)
    np.testing.assert_allclose(totals[2], totals[1], rtol=0.25)


def test_it_is_trained(fidelity: str) -> None:
    given = subject()
    model = InTheLoop(
        Network(12, 14, 4, seed=1, mean=12.0, readout_mean=12.0), Chip("ring"), fidelity, duration_s=20e-6
    )
    torch.nn.functional.cross_entropy(model(given.spikes).readout.amax(1), torch.arange(3)).backward()  # type: ignore[no-untyped-call]
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters())


def test_what_does_not_fit_is_refused() -> None:
    chip = Chip("ring")
    with pytest.raises(DoesNotFitError, match="needs 25 neurons and 12 inputs, chip 'ring' has 24 and 16"):
        InTheLoop(Network(12, 20, 5), chip)
    assert list(verilog_modules(chip.spec)) == ["inloop_ring"]
    assert make_grid(chip.spec, 20e-6).sample_steps == 4
