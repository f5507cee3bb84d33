"""What a readout records without input, and a readout counted from there."""

from __future__ import annotations

from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.training.decision import decide, read_as
from inloop.training.in_the_loop import Observed

SAMPLES = 40


def model_of(fidelity: str = "behavioral", **chip: Any) -> inloop.InTheLoop:
    torch.manual_seed(0)
    network = inloop.Network(20, (30,), 5, True, mean=6.0)
    return inloop.InTheLoop(network, inloop.Chip("bss2", die=3, **chip), fidelity)


def nothing(samples: int) -> inloop.SpikeBatch:
    return inloop.SpikeBatch.from_events([], [], [], samples=samples, units=20)


@pytest.mark.parametrize("name", ["ideal", "behavioral", "event"])
def test_without_input_nothing_is_left(name: str) -> None:
    """Reset, rest and offset differ by several units between outputs, and none of that counts."""
    model = model_of(name, noise="off")
    with torch.no_grad():
        seen = model(nothing(3), silenced=(np.ones((3, 30), bool),))
    assert torch.allclose(seen.from_rest, torch.zeros(()), atol=1e-5)
    assert (float(seen.readout.max() - seen.readout.min()) > 1) == (name != "ideal")


def test_noise_is_averaged() -> None:
    one, two = model_of(), model_of(noise="off")
    step = (
        float(two.chip.spec.cadc_step_lsb)
        / (70 * 0.15 * 63 / 30)
        * float(two.network.forward_weights[-1].detach().abs().max())
    )
    difference = (one.silent_readout() - two.silent_readout()).detach()
    assert 0 < float(difference.abs().max()) < 2 * step


def test_it_follows_the_scale_of_the_weights() -> None:
    model = model_of(noise="off")
    before = model.silent_readout().detach()
    with torch.no_grad():
        model.network.forward_weights[-1].mul_(3)
        after = model.silent_readout()
        seen = model(nothing(2), silenced=(np.ones((2, 30), bool),))
    torch.testing.assert_close(after, 3 * before)
    assert torch.allclose(seen.from_rest, torch.zeros(()), atol=1e-5)


def test_it_takes_no_trial_and_no_noise_from_the_samples() -> None:
    one, two = model_of(), model_of()
    one.silent_readout()
    spikes = nothing(SAMPLES)
    assert torch.equal(one(spikes).readout, two(spikes).readout)
    assert int(one.trials_run) == SAMPLES


def test_gradients_pass_through_what_is_counted_from_rest() -> None:
    model = model_of()
    rng = np.random.default_rng(0)
    spikes = inloop.SpikeBatch.from_events(
        np.repeat(np.arange(SAMPLES), 30), rng.integers(0, 20, 30 * SAMPLES), 8e-6 * rng.random(30 * SAMPLES),
        samples=SAMPLES, units=20,
    )  # fmt: skip
    grad = rng.normal(size=(SAMPLES, 7, 5)).astype(np.float32)
    trials, found = np.arange(SAMPLES, dtype=np.uint64), []
    for name in ("readout", "from_rest"):
        model.network.zero_grad()
        (getattr(model(spikes, trials), name) * torch.from_numpy(grad)).sum().backward()
        found.append([weight.grad.clone() for weight in model.network.parameters()])
    for plain, counted in zip(*found, strict=True):
        assert torch.equal(plain, counted)


def test_decisions_from_rest() -> None:
    readout = torch.tensor([[[9.0, -5.0, 1.0], [10.0, -3.0, 1.0], [10.0, -4.5, 4.5]]])
    silence = torch.tensor([[9.0, -5.0, 1.0]] * 3)
    seen = Observed(readout, None, None, lambda: silence)
    decided = {name: int(decide(read_as(seen, name), name)[0]) for name in (
        "max-over-time", "max-from-rest", "sum-over-time", "sum-from-rest",
    )}  # fmt: skip
    assert decided == {"max-over-time": 0, "max-from-rest": 2, "sum-over-time": 0, "sum-from-rest": 2}
    assert torch.equal(Observed(readout, None).from_rest, readout)
