"""What the gradient is told: spikes alone, lines between samples, a graph that knows the die."""

from __future__ import annotations

from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.bss2.imposed import Imposed
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.known import KnownDie
from inloop.cosim.torch_ideal import run_torch_ideal
from inloop.errors import ConfigError
from inloop.training.estimators import INTERPOLATED

SAMPLES = 8


def spikes() -> SpikeBatch:
    rng = np.random.default_rng(0)
    events = 30 * SAMPLES
    return SpikeBatch.from_events(
        rng.integers(0, SAMPLES, events), rng.integers(0, 20, events), rng.random(events) * 11e-6,
        samples=SAMPLES, units=20,
    )  # fmt: skip


def model_of(gradient: str, fidelity: str = "behavioral", recurrent: bool = False, **chip: Any) -> Any:
    network = inloop.Network(20, (30, 20), 5, recurrent, mean=6.0)
    return inloop.InTheLoop(network, inloop.Chip("bss2", **chip), fidelity, gradient=gradient)


def gradients(model: Any) -> list[np.ndarray]:
    observed = model(spikes(), np.arange(SAMPLES, dtype=np.uint64))
    (observed.readout.square().sum() + sum(layer.square().sum() for layer in observed.spike_counts)).backward()
    return [weight.grad.numpy() for weight in model.network.parameters()]


def difference(one: list[np.ndarray], two: list[np.ndarray]) -> float:
    return float(max(np.abs(a - b).max() / np.abs(a).max() for a, b in zip(one, two, strict=True)))


@pytest.mark.parametrize("recurrent", [False, True])
def test_on_the_level_ideal_spikes_tell_all(recurrent: bool) -> None:
    exact = gradients(model_of("measured", "ideal", recurrent))
    assert difference(exact, gradients(model_of("spikes", "ideal", recurrent))) == 0
    assert difference(exact, gradients(model_of("interpolated", "ideal", recurrent))) == 0


@pytest.mark.parametrize("gradient", ["spikes", "interpolated", "known"])
def test_estimators_differ_in_the_gradient_alone(gradient: str) -> None:
    models = [model_of(name, die=3) for name in ("measured", gradient)]
    seen = [model(spikes(), np.arange(SAMPLES, dtype=np.uint64)).readout.detach().numpy() for model in models]
    np.testing.assert_allclose(*seen, atol=1e-6)
    one, two = (gradients(model) for model in models)
    assert difference(one, two) > 0.01
    for a, b in zip(one, two, strict=True):
        assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.5


def test_lines_go_through_the_samples_and_begin_at_rest() -> None:
    model = model_of("measured", die=3)
    seen = model(spikes(), np.arange(SAMPLES, dtype=np.uint64)).observation
    lines, period = INTERPOLATED.told(seen), seen.period
    for layer in range(2):
        samples, traces = seen.membrane(layer), lines.membrane(layer)
        np.testing.assert_allclose(traces[:, period - 1 :: period], samples, atol=1e-6)
        np.testing.assert_allclose(traces[:, 0], samples[:, 0] / period, atol=1e-6)
        np.testing.assert_allclose(traces[:, period], (3 * samples[:, 0] + samples[:, 1]) / 4, atol=1e-6)


@pytest.mark.parametrize("recurrent", [False, True])
def test_knowing_a_perfect_die_changes_nothing(recurrent: bool) -> None:
    chip = {"calibration": "perfect", "noise": "off"}
    one, two = (gradients(model_of(name, recurrent=recurrent, **chip)) for name in ("measured", "known"))
    assert difference(one, two) < 1e-4


def test_the_graph_that_knows_imposed_deviations_is_the_chip() -> None:
    imposed = Imposed(0.3, 0.3, 0.3)
    spec = chip_spec("bss2").with_fields(synaptic_saturation=1e3)  # the graph has no limits
    chip = inloop.Chip(spec, 1, "perfect", "off", quantized=False, imposed=imposed)
    network = inloop.Network(20, (30, 20), 5, True, mean=6.0).double()
    model = inloop.InTheLoop(network, chip)
    forward, recurrent = tuple(network.forward_weights), network.recurrent_of()
    weights = NetworkWeights(*(tuple(w.detach().numpy() for w in group) for group in (forward, recurrent)))
    seen = model.level.run(spikes(), weights, np.arange(SAMPLES, dtype=np.uint64))
    known = KnownDie(network.topology, chip, model.grid)
    inputs = torch.from_numpy(seen.inputs.dense()).permute(1, 0, 2)
    actives = tuple(torch.ones(SAMPLES, size, dtype=torch.float64) for size in (30, 20))
    factors = tuple(known.factors(layer, torch.float64) for layer in range(3))
    readout, found, _ = run_torch_ideal(
        inputs, forward, recurrent, chip.spec, model.grid, 20.0, actives, factors=factors
    )
    for mine, theirs in zip(found, seen.spikes, strict=True):
        assert theirs.dense().sum() > 100
        np.testing.assert_array_equal(mine.detach().permute(1, 0, 2).numpy(), theirs.dense())
    period = seen.period
    np.testing.assert_allclose(readout.detach()[:, period - 1 :: period], seen.readout, atol=1e-9)
    nominal, _, _ = run_torch_ideal(inputs, forward, recurrent, chip.spec, model.grid, 20.0, actives)
    assert np.abs(nominal.detach().numpy()[:, period - 1 :: period] - seen.readout).max() > 0.1


@pytest.mark.parametrize(
    ("gradient", "options", "message"),
    [
        ("guessed", {}, "unknown gradient 'guessed'; known: measured, "),
        ("known", {"fidelity": "ideal"}, "needs a die"),
        ("spikes", {"device": "cuda"}, "runs on the CPU alone"),
    ],
)
def test_estimators_that_make_no_sense(gradient: str, options: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        inloop.InTheLoop(inloop.Network(20, 30, 5), inloop.Chip("bss2"), gradient=gradient, **options)
