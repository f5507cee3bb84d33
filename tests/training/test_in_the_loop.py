"""`InTheLoop` as a torch module: measured values forwards, gradients to the weights, dropout, trials."""

from __future__ import annotations

from typing import Any

import inloop
import numpy as np
import pytest
import torch
from inloop.behavioral.events import SpikeBatch
from inloop.errors import ConfigError, DoesNotFitError, SpikeError
from inloop.training.loop import network_weights
from inloop.training.network import Network

SAMPLES = 6


def spikes(samples: int = SAMPLES, units: int = 20, per_sample: int = 30) -> SpikeBatch:
    rng = np.random.default_rng(0)
    events = per_sample * samples
    return SpikeBatch.from_events(
        rng.integers(0, samples, events), rng.integers(0, units, events), rng.random(events) * 11e-6,
        samples=samples, units=units,
    )  # fmt: skip


def model_of(fidelity: str = "behavioral", hidden: Any = 30, recurrent: Any = False, **options: Any) -> Any:
    noise = options.pop("noise", "typical")
    network = Network(20, hidden, 5, recurrent, mean=6.0)
    return inloop.InTheLoop(network, inloop.Chip("bss2", die=3, noise=noise), fidelity, **options)


def test_hello_world(fidelity: str) -> None:
    chip = inloop.Chip("bss2", die=7, calibration="uncalibrated")
    network = inloop.Network(inputs=256, hidden=246, outputs=10)
    model = inloop.InTheLoop(network, chip, fidelity=fidelity)
    observed = model(spikes(4, 256, 400))
    loss = inloop.losses.max_over_time(observed.readout, torch.tensor([0, 9, 3, 3]))
    loss.backward()
    grid = model.level.grid
    assert observed.readout.shape == (4, grid.steps // observed.observation.period, 10)
    assert all(bool(torch.isfinite(w.grad).all()) and float(w.grad.abs().max()) > 0 for w in network.parameters())


@pytest.mark.parametrize(("hidden", "recurrent"), [(30, False), (30, True), ([30, 20], False), ([30, 20], True)])
def test_gradient_reaches_every_weight_through_the_readout(fidelity: str, hidden: Any, recurrent: bool) -> None:
    model = model_of(fidelity, hidden, recurrent)
    model(spikes()).readout.square().sum().backward()
    for weight in model.network.parameters():
        assert weight.grad.shape == weight.shape
        assert float(weight.grad.abs().max()) > 0


@pytest.mark.parametrize(("hidden", "recurrent"), [(30, False), (30, True), ([30, 20], True)])
def test_gradient_reaches_the_hidden_weights_through_the_spike_counts(
    fidelity: str, hidden: Any, recurrent: bool
) -> None:
    model = model_of(fidelity, hidden, recurrent)
    counts = model(spikes()).spike_counts
    assert all(layer.any() for layer in counts)
    sum(layer.sum() for layer in counts).backward()
    *below, readout = model.network.forward_weights
    assert all(float(weight.grad.abs().max()) > 0 for weight in (*below, *model.network.recurrent_weights))
    assert readout.grad is None or not readout.grad.any()


def test_a_step_against_the_gradient_makes_spikes_fewer(fidelity: str) -> None:
    model = model_of(fidelity)
    trials = np.arange(SAMPLES, dtype=np.uint64)
    before = model(spikes(), trials).spike_counts[0].sum()
    before.backward()
    with torch.no_grad():
        weight = model.network.forward_weights[0]
        weight -= 0.3 * weight.grad / weight.grad.abs().max()
        assert float(model(spikes(), trials).spike_counts[0].sum()) < 0.95 * float(before)


@pytest.mark.parametrize("recurrent", [False, True])
def test_inference_equals_training(fidelity: str, recurrent: bool) -> None:
    model = model_of(fidelity, [30, 20], recurrent)
    trials = np.arange(SAMPLES, dtype=np.uint64)
    seen = model(spikes(), trials)
    with torch.no_grad():
        again = model(spikes(), trials)
    assert torch.equal(seen.readout, again.readout)
    assert seen.readout.requires_grad
    assert not again.readout.requires_grad
    for one, two in zip(seen.spike_counts, again.spike_counts, strict=True):
        assert torch.equal(one, two)
        assert one.dtype == two.dtype == torch.float32


def test_frozen_weights_get_no_gradient(fidelity: str) -> None:
    model = model_of(fidelity)
    model.network.forward_weights[0].requires_grad_(False)
    model(spikes()).readout.sum().backward()
    assert model.network.forward_weights[0].grad is None
    assert model.network.forward_weights[1].grad.any()


def test_double_precision(fidelity: str) -> None:
    model = model_of(fidelity).double()
    seen = model(spikes())
    seen.readout.sum().backward()
    assert seen.readout.dtype == model.network.forward_weights[0].grad.dtype == torch.float64


def test_trials_count_on_and_travel_with_the_state() -> None:
    model = model_of()
    model(spikes())
    model(spikes(2))
    assert int(model.trials_run) == SAMPLES + 2
    model(spikes(), np.zeros(SAMPLES, np.uint64))
    assert int(model.trials_run) == SAMPLES + 2
    other = model_of()
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(spikes()).readout, model(spikes()).readout)


def test_noise_differs_between_calls_and_equals_for_equal_trials() -> None:
    model = model_of()
    first, second = model(spikes()).readout, model(spikes()).readout
    assert not torch.equal(first, second)
    assert torch.equal(model(spikes(), np.arange(SAMPLES, dtype=np.uint64)).readout, first)
    assert torch.equal(model(spikes(), np.arange(SAMPLES, 2 * SAMPLES, dtype=np.uint64)).readout, second)
    quiet = model_of(noise="off")
    assert torch.equal(quiet(spikes()).readout, quiet(spikes()).readout)


def test_dropout_silences_its_share_of_every_layer(fidelity: str) -> None:
    model = model_of(fidelity, [100, 60], dropout=0.3)
    with torch.no_grad():
        model.network.forward_weights[0].fill_(0.4)  # everybody spikes
        model.network.forward_weights[1].fill_(0.2)
    batch = spikes(60, per_sample=60)
    with torch.no_grad():
        counts = model(batch).spike_counts
        everything = model.eval()(batch).spike_counts
    for layer, full in zip(counts, everything, strict=True):
        assert float((full > 0).float().mean()) == 1
        silent = (layer == 0).float()
        assert float(silent.mean()) == pytest.approx(0.3, abs=5 * (0.21 / silent.numel()) ** 0.5)
        assert len({tuple(row) for row in silent.tolist()}) == 60, "every sample has its own neurons silenced"


def test_dropout_differs_from_batch_to_batch_and_repeats_for_equal_trials_and_seed() -> None:
    model, other = model_of("ideal", dropout=0.5), model_of("ideal", dropout=0.5, seed=1)
    early, late = np.arange(SAMPLES, dtype=np.uint64), np.arange(SAMPLES, dtype=np.uint64) + np.uint64(50)
    first = model(spikes()).spike_counts[0]
    assert not torch.equal(model(spikes()).spike_counts[0], first)
    assert torch.equal(model(spikes(), early).spike_counts[0], first)
    assert not torch.equal(model(spikes(), late).spike_counts[0], first)
    assert not torch.equal(other(spikes(), early).spike_counts[0], first)


def test_dropout_scales_the_outgoing_weights() -> None:
    model = model_of("ideal", recurrent=True, dropout=0.75)
    reference = model_of("ideal", recurrent=True)
    with torch.no_grad():
        for weight in (reference.network.forward_weights[1], *reference.network.recurrent_weights):
            weight *= 4
    mask = model(spikes()).observation.silenced(0)
    seen = reference.level.run(spikes(), network_weights(reference), np.arange(SAMPLES, dtype=np.uint64), (mask,))
    assert 0.5 < mask.mean() < 0.95
    again = model(spikes(), np.arange(SAMPLES, dtype=np.uint64))
    np.testing.assert_allclose(again.readout.detach(), seen.readout, rtol=1e-5, atol=1e-6)
    assert again.spike_counts[0].sum() > 0


def test_no_dropout_in_eval(fidelity: str) -> None:
    trials = np.arange(SAMPLES, dtype=np.uint64)
    model, plain = model_of(fidelity, dropout=0.5), model_of(fidelity)
    assert torch.equal(model.eval()(spikes(), trials).readout, plain(spikes(), trials).readout)
    assert not torch.equal(model.train()(spikes(), trials).readout, plain(spikes(), trials).readout)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"dropout": 1.0}, "dropout = 1.0"),
        ({"dropout": -0.1}, "dropout = -0.1"),
        ({"dropout": float("nan")}, "dropout = nan"),
        ({"slope": 0.0}, "slope = 0.0"),
        ({"slope": float("nan")}, "slope = nan"),
        ({"slope": float("inf")}, "slope = inf"),
        ({"duration_s": 0.0}, "duration_s = 0.0"),
        ({"duration_s": -1e-6}, "duration_s = -1e-06"),
        ({"duration_s": float("nan")}, "duration_s = nan"),
        ({"steps_per_sample": 3}, "steps_per_sample = 3"),
        ({"steps_per_sample": 0}, "steps_per_sample = 0"),
        ({"fidelity": "quantum"}, "unknown fidelity 'quantum'"),
        ({"seed": -1}, "seed = -1"),
        ({"device": "tpu"}, "unknown device 'tpu'"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        model_of(**options)


def test_cuda_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match=r"'cuda' is not available.*--device cpu"):
        model_of(device="cuda")


def test_cuda_is_refused_for_levels_with_the_digital_path(digital: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    with pytest.raises(ConfigError, match=f"fidelity '{digital}' runs on the CPU alone"):
        model_of(digital, device="cuda")


def test_network_that_does_not_fit() -> None:
    with pytest.raises(DoesNotFitError, match="256 columns"):
        model_of(hidden=252)


@pytest.mark.parametrize("time_s", [float("nan"), float("inf"), -1e-9, 1.0])
@pytest.mark.parametrize("training", [True, False])
def test_spike_times_that_no_experiment_can_contain(time_s: float, training: bool, fidelity: str) -> None:
    batch = SpikeBatch(np.array([0, 1]), np.zeros(1, np.int32), np.array([time_s]), 20)
    with pytest.raises(SpikeError, match="spike time"), torch.set_grad_enabled(training):
        model_of(fidelity)(batch)


def test_spikes_of_another_network(fidelity: str) -> None:
    with pytest.raises(SpikeError, match="21 channels, the network has 20"):
        model_of(fidelity)(spikes(units=21))


@pytest.mark.parametrize("dropout", [0.0, 0.4])
def test_silenced_neurons_stay_silent(fidelity: str, dropout: float) -> None:
    model = model_of(fidelity, dropout=dropout)
    trials = np.arange(SAMPLES, dtype=np.uint64)
    silenced = np.zeros((SAMPLES, 30), bool)
    silenced[:, ::3] = True
    free, held = (model(spikes(), trials, given).spike_counts[0] for given in (None, (silenced,)))
    assert free[:, ::3].sum() > 0
    assert held[:, ::3].sum() == 0
    assert torch.equal(held[:, 1::3] == 0, free[:, 1::3] == 0) or fidelity != "ideal"
    assert held.sum() > 0


@pytest.mark.parametrize("options", [{"fidelity": "ideal"}, {"gradient": "spikes"}, {"grad": False}], ids=str)
def test_membranes_are_recorded_where_they_are_asked_for(options: dict[str, Any]) -> None:
    """Elsewhere to read them is an error, not an empty array; and recording them changes nothing else."""
    grad = options.pop("grad", True)
    seen, gradients = [], []
    for record in (False, True):
        model = model_of(**options)
        with torch.set_grad_enabled(grad):
            seen.append(model(spikes(), record_membranes=record))
        if grad:
            seen[-1].readout.square().sum().backward()
            gradients.append([weight.grad.clone() for weight in model.network.parameters()])
    without, recorded = (each.observation for each in seen)
    with pytest.raises(
        ConfigError, match="hidden layer 0 were not recorded; call the model with record_membranes=True"
    ):
        without.membrane(0)
    assert recorded.membrane(0).shape == (SAMPLES, recorded.readout.shape[1], 30)
    assert recorded.membrane(0).std() > 0
    assert torch.equal(seen[0].readout, seen[1].readout)
    assert all(torch.equal(one, two) for one, two in zip(*gradients, strict=True)) if grad else True
