"""Losses on spike trains, times and membranes: against the graph of torch, closed forms, and each other."""

from __future__ import annotations

from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.cosim.torch_ideal import DenseRecord, run_torch_ideal, steps_first
from inloop.cosim.torch_reconstruct import reconstruct
from inloop.errors import ConfigError

SAMPLES = 5
TRIALS = np.arange(SAMPLES, dtype=np.uint64)


def spikes() -> SpikeBatch:
    rng = np.random.default_rng(0)
    events = 30 * SAMPLES
    return SpikeBatch.from_events(
        rng.integers(0, SAMPLES, events), rng.integers(0, 20, events), rng.random(events) * 11e-6,
        samples=SAMPLES, units=20,
    )  # fmt: skip


def model_of(fidelity: str = "behavioral", recurrent: bool = True, **options: Any) -> Any:
    network = inloop.Network(20, (30, 20), 5, recurrent, mean=6.0).double()
    return inloop.InTheLoop(network, inloop.Chip("bss2", die=3), fidelity, **options)


def weights_grad(model: Any) -> list[np.ndarray]:
    out = [np.zeros(tuple(w.shape)) if w.grad is None else w.grad.numpy() for w in model.network.parameters()]
    model.zero_grad()
    return out


def difference(one: list[np.ndarray], two: list[np.ndarray]) -> float:
    return float(max(np.abs(a - b).max() / max(np.abs(a).max(), 1e-12) for a, b in zip(one, two, strict=True)))


def loss_of(trains: Any, membranes: Any) -> torch.Tensor:
    rng = np.random.default_rng(1)
    parts = [
        (part * torch.from_numpy(rng.normal(size=tuple(part.shape)))).sum()
        for each in (trains, membranes)
        for part in each
    ]
    return torch.stack(parts).sum()


@pytest.mark.parametrize("level", ["ideal", "behavioral"])
@pytest.mark.parametrize("recurrent", [False, True])
def test_trains_and_membranes_have_the_gradient_of_the_graph(level: str, recurrent: bool) -> None:
    model = model_of(level, recurrent)
    observed = model(spikes(), TRIALS, record_membranes=True)
    loss_of([observed.spike_train(k) for k in (0, 1)], [observed.membrane(k) for k in (0, 1)]).backward()
    found = weights_grad(model)
    seen, spec, grid = observed.observation, model.chip.spec, model.grid
    z, age = (
        tuple(steps_first(getattr(events, name)(), torch.float64) for events in seen.spikes)
        for name in ("dense", "dense_ages")
    )
    v = tuple(
        reconstruct(
            steps_first(seen.membrane(k), torch.float64), z[k], age[k], spec.refractory_s / grid.step_s,
            spec.reset_unit, spec.start_unit,
        )
        for k in (0, 1)
    )  # fmt: skip
    record = DenseRecord(z, age, v, torch.from_numpy(seen.readout))
    ones = tuple(torch.ones(SAMPLES, n, dtype=torch.float64) for n in (30, 20))
    _, trains, membranes = run_torch_ideal(
        steps_first(seen.inputs.dense(), torch.float64), tuple(model.network.forward_weights),
        model.network.recurrent_of(), spec, grid, model.slope, ones, record,
    )  # fmt: skip
    period = seen.period
    loss_of(
        [train.permute(1, 0, 2) for train in trains],
        [each.permute(1, 0, 2)[:, period - 1 :: period] for each in membranes],
    ).backward()
    assert difference(weights_grad(model), found) < 1e-7


@pytest.mark.parametrize("gradient", ["measured", "spikes", "eventprop"])
def test_the_sum_of_a_train_is_the_count(gradient: str) -> None:
    model = model_of(gradient=gradient)
    observed = model(spikes(), TRIALS)
    observed.spike_train(1, bin_steps=4).square().sum(dim=(1, 2)).sum().backward(retain_graph=True)
    assert np.abs(weights_grad(model)[0]).max() > 0
    sum(observed.spike_train(k).sum(dim=1).square().sum() for k in (0, 1)).backward(retain_graph=True)
    one = weights_grad(model)
    sum(counts.square().sum() for counts in observed.spike_counts).backward(retain_graph=True)
    assert difference(one, weights_grad(model)) < 1e-12
    observed.readout.sum().backward()  # nothing is left of before
    two = weights_grad(model)
    model(spikes(), TRIALS).readout.sum().backward()
    assert difference(two, weights_grad(model)) == 0


def test_a_membrane_grows_with_the_current_of_the_model() -> None:
    """One neuron below threshold: ∂v/∂w at a record is the response to one spike."""
    spec = inloop.ChipSpec()
    network = inloop.Network(1, 1, 1).double()
    network.forward_weights[0].data.fill_(0.5)
    batch = SpikeBatch.from_events([0], [0], [0.0], samples=1, units=1)
    for fidelity, gradient in (("ideal", "measured"), ("behavioral", "measured"), ("behavioral", "eventprop")):
        model = inloop.InTheLoop(
            network, inloop.Chip(spec, calibration="perfect", noise="off"), fidelity, gradient=gradient
        )
        observed = model(batch, record_membranes=True)
        period_s = observed.observation.period * model.grid.step_s
        for record in (0, 3):
            model.zero_grad()
            observed.membrane()[0, record, 0].backward(retain_graph=True)
            time = (record + 1) * period_s / spec.tau_mem_s
            grad = network.forward_weights[0].grad
            assert grad is not None
            assert float(grad) == pytest.approx(time * np.exp(-time), rel=1e-6)


@pytest.mark.parametrize(
    ("level", "gradient"), [("ideal", "spikes"), ("ideal", "eventprop"), ("behavioral", "measured")]
)
def test_a_first_spike_comes_earlier_with_more_weight(level: str, gradient: str) -> None:
    network = inloop.Network(2, 1, 1).double()
    network.forward_weights[0].data[:] = torch.tensor([[1.9], [1.9]])
    batch = SpikeBatch.from_events([0, 0], [0, 1], [0.0, 1e-6], samples=1, units=2)
    model = inloop.InTheLoop(
        network, inloop.Chip("bss2", calibration="perfect", noise="off"), level, gradient=gradient,
        steps_per_sample=16,
    )  # fmt: skip

    def first() -> torch.Tensor:
        return model(batch, np.zeros(1, np.uint64)).first_spikes_s()[0, 0]

    at = first()
    at.backward()
    grad = network.forward_weights[0].grad
    assert grad is not None
    slope = float(grad[0, 0])
    network.forward_weights[0].data[0] += 0.1
    later = float(first().detach())
    network.forward_weights[0].data[0] -= 0.2
    moved = (later - float(first().detach())) / 0.2
    assert float(at.detach()) < 10e-6
    assert slope == pytest.approx(moved, rel=0.2 if level == "ideal" else 0.3)  # the rise between two records


def test_times_are_those_of_the_observation_and_silent_neurons_wait_for_the_end() -> None:
    model = model_of()
    with torch.no_grad():
        observed = model(spikes(), TRIALS)
    sample, unit, time_s = observed.spike_times(1)
    batch = observed.observation.spike_batch(1)
    np.testing.assert_array_equal(time_s, batch.time_s)
    np.testing.assert_array_equal(unit, batch.unit)
    expected = np.full((SAMPLES, 20), model.grid.duration_s)
    np.minimum.at(expected, (sample.numpy(), unit.numpy()), time_s.numpy())
    np.testing.assert_array_equal(observed.first_spikes_s(1), expected)
    assert not time_s.requires_grad


@pytest.mark.parametrize(
    ("ask", "options", "message"),
    [
        (
            lambda seen: seen.membrane(),
            {"gradient": "spikes"},
            "were not recorded; call the model with record_membranes",
        ),
        (lambda seen: seen.spike_train(2), {}, "layer = 2 must be a hidden layer, 0 to 1"),
        (lambda seen: seen.spike_train(0, 5), {}, "bin_steps = 5 must divide the 28 steps"),
        (lambda seen: seen.spike_times(), {"gradient": "known"}, "carry no gradient in a graph of torch"),
    ],
)
def test_what_cannot_be_asked_for(ask: Any, options: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        ask(model_of(**options)(spikes(), TRIALS))
