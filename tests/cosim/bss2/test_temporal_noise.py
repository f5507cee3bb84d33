"""Temporal noise as it appears in what the behavioral level records."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.behavioral.numerics.noise import TemporalNoise
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level

SPEC = chip_spec("bss2")
TOPOLOGY = Topology(1, (60,), 5, (False,))
SAMPLES, LONG = 20, 1000e-6


def at_rest(noise: Any, duration_s: float = LONG, seed: int = 0, threshold_lsb: float = 150.0, **weight: float) -> Any:
    """Observe neurons without input, their values unrounded."""
    spec = SPEC.with_fields(threshold_lsb=threshold_lsb)
    chip = Chip(spec, calibration="perfect", noise=noise, noise_seed=seed, quantized=False)
    level = open_level("behavioral", TOPOLOGY, chip, make_grid(spec, duration_s))
    spikes = SpikeBatch.from_events([], [], [], samples=SAMPLES, units=1)
    weights = NetworkWeights((np.zeros((1, 60)), np.full((60, 5), weight.get("readout", 0.0))), (None,))
    return level.run(spikes, weights, np.arange(SAMPLES, dtype=np.uint64))


def membrane_lsb(seen: Any) -> np.ndarray:
    return np.asarray(seen.membrane(0) * (1 / float(seen.recorded.scale.gain)))


@pytest.mark.parametrize("std", [0.5, 2.0])
def test_the_membrane_noise_is_stationary_with_the_stated_spread_and_time_constant(std: float) -> None:
    x = membrane_lsb(at_rest(TemporalNoise(std, 0, 0)))
    settled = x[:, 20:]
    assert settled.mean() == pytest.approx(0, abs=0.02 * std)
    assert settled.std() == pytest.approx(std, rel=0.02)
    halves = settled[:, : settled.shape[1] // 2], settled[:, settled.shape[1] // 2 :]
    assert halves[0].std() == pytest.approx(halves[1].std(), rel=0.03)
    lagged = (settled[:, 1:] * settled[:, :-1]).mean() / settled.var()
    assert lagged == pytest.approx(np.exp(-SPEC.cadc_period_s / SPEC.tau_mem_s), abs=0.02)


def test_the_converter_noise_is_white() -> None:
    x = membrane_lsb(at_rest(TemporalNoise(0, 1.5, 0)))
    assert x.std() == pytest.approx(1.5, rel=0.02)
    assert (x[:, 1:] * x[:, :-1]).mean() == pytest.approx(0, abs=0.02)


def test_neurons_and_samples_are_independent() -> None:
    x = membrane_lsb(at_rest(TemporalNoise(1, 0, 0)))[:, 20:]
    between_neurons = np.corrcoef(x.transpose(2, 0, 1).reshape(60, -1)) - np.eye(60)
    between_samples = np.corrcoef(x.reshape(SAMPLES, -1)) - np.eye(SAMPLES)
    assert np.abs(between_neurons).max() < 0.1
    assert np.abs(between_samples).max() < 0.1


def test_the_readout_has_its_own_noise() -> None:
    seen = at_rest(TemporalNoise(1, 0, 0), readout=1.0)
    x = membrane_lsb(seen)[:, 20:]
    y = seen.readout[:, 20:]
    assert y.std() == pytest.approx(1 / (SPEC.swing_lsb * SPEC.readout_gain * 2.1), rel=0.05)
    assert abs(np.corrcoef(x[..., 0].ravel(), y[..., 0].ravel())[0, 1]) < 0.1


def test_noise_seeds_differ_and_repeat() -> None:
    runs = [membrane_lsb(at_rest("typical", 50e-6, seed)) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert abs(np.corrcoef(runs[0].ravel(), runs[2].ravel())[0, 1]) < 0.05


def test_the_trial_noise_moves_the_threshold_of_a_neuron_for_a_whole_sample() -> None:
    """A neuron whose threshold falls below rest fires at once and goes on; the others never do."""
    counts = at_rest(TemporalNoise(0, 0, 1.0), 20e-6, threshold_lsb=80.5).spikes[0].counts()
    firing = counts > 0
    assert firing.mean() == pytest.approx(0.3085, abs=0.05)  # P(ξ < −0.5)
    assert len(set(counts[firing])) == 1
    assert 0.1 < firing.mean(axis=0).mean() < 0.5
    assert (firing.any(axis=0) & ~firing.all(axis=0)).sum() > 50  # from trial to trial


def test_without_noise_all_samples_are_equal() -> None:
    x = membrane_lsb(at_rest("off", 20e-6))
    assert not x.any()
