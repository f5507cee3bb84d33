from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.noise import (
    CADC,
    MEMBRANE,
    NORMAL_TABLE,
    TRIAL,
    TemporalNoise,
    add_noise,
    draw,
    noise_preset,
    normal,
    trial_key,
)
from inloop.errors import ConfigError

KEY = 0x1234_5678_9ABC_DEF1
KEYS = st.integers(0, 2**64 - 1)
COUNTERS = st.integers(0, 2**32 - 1)


def draws(key: int, kind: int, trial: int, time: int, neurons: int, first: int = 0) -> np.ndarray:
    """Draws of neurons first, first + 1, … at one time."""
    words = np.empty(neurons, np.uint32)
    draw(np.uint64(trial_key(np.uint64(key), kind, np.uint64(trial))), time, first, words)
    return NORMAL_TABLE[words]


def block(key: int = KEY, kind: int = MEMBRANE, trial: int = 0, times: int = 500, neurons: int = 400) -> np.ndarray:
    """Draws (times, neurons)."""
    return np.stack([draws(key, kind, trial, t, neurons) for t in range(times)]).astype(np.float64)


def assert_uncorrelated(one: np.ndarray, two: np.ndarray) -> None:
    """Product of independent unit normals: mean 0, standard error 1/√n; squares, too, must not correlate."""
    limit = 4.5 / np.sqrt(one.size)
    assert abs((one * two).mean()) < limit
    assert abs(((one**2 - 1) * (two**2 - 1)).mean() / 2) < limit


@settings(max_examples=50, deadline=None)
@given(KEYS, st.sampled_from([MEMBRANE, CADC, TRIAL]), COUNTERS, st.integers(0, 60000), st.integers(1, 100))
def test_a_draw_depends_on_its_key_and_counter_only(key: int, kind: int, trial: int, time: int, neurons: int) -> None:
    first = draws(key, kind, trial, time, neurons)
    draws(key ^ 1, kind, trial, time, 7)
    np.testing.assert_array_equal(draws(key, kind, trial, time, 150)[:neurons], first)


@settings(max_examples=50, deadline=None)
@given(KEYS, st.integers(0, 60000), st.integers(0, 1000), st.integers(1, 50))
def test_a_layer_behind_others_draws_its_own_neurons(key: int, time: int, first: int, neurons: int) -> None:
    everyone = draws(key, MEMBRANE, 3, time, first + neurons)
    np.testing.assert_array_equal(draws(key, MEMBRANE, 3, time, neurons, first), everyone[first:])


def test_the_helper_for_plots_gives_the_same_draws() -> None:
    for key in range(20):
        np.testing.assert_array_equal(normal(key, CADC, 5, 17, 8), draws(key, CADC, 5, 17, 8))


def test_the_table_is_a_normal_distribution_of_unit_variance() -> None:
    assert NORMAL_TABLE.shape == (4096,)
    assert NORMAL_TABLE.mean(dtype=np.float64) == pytest.approx(0, abs=1e-7)
    assert NORMAL_TABLE.var(dtype=np.float64) == pytest.approx(1, rel=1e-6)
    np.testing.assert_allclose(NORMAL_TABLE, -NORMAL_TABLE[::-1], rtol=1e-5)
    share = [(np.abs(NORMAL_TABLE) < k).mean() for k in (1, 2, 3)]
    np.testing.assert_allclose(share, [0.6827, 0.9545, 0.9973], atol=1e-3)


def test_moments() -> None:
    x = block(times=1000, neurons=1000)
    assert x.mean() == pytest.approx(0, abs=0.005)
    assert x.var() == pytest.approx(1, abs=0.007)
    assert (x**3).mean() == pytest.approx(0, abs=0.02)
    assert (x**4).mean() == pytest.approx((NORMAL_TABLE.astype(np.float64) ** 4).mean(), abs=0.05)


def test_every_quantile_is_equally_likely() -> None:
    values, counts = np.unique(block(times=1024, neurons=1000), return_counts=True)
    assert len(values) == len(np.unique(NORMAL_TABLE))
    expected = 1024 * 1000 / 4096
    chi_square = ((counts - expected) ** 2 / expected).sum()
    assert chi_square == pytest.approx(4095, abs=5 * np.sqrt(2 * 4095))


@pytest.mark.parametrize("lag", [1, 2, 16, 64, 256])
def test_neurons_are_independent(lag: int) -> None:
    x = block()
    assert_uncorrelated(x[:, :-lag], x[:, lag:])


@pytest.mark.parametrize("lag", [1, 2, 3, 53, 256])
def test_times_are_independent(lag: int) -> None:
    x = block()
    assert_uncorrelated(x[:-lag], x[lag:])
    assert_uncorrelated(x[:-lag, :-1], x[lag:, 1:])


@pytest.mark.parametrize(
    "other", [{"trial": 1}, {"trial": 2**40}, {"kind": CADC}, {"kind": TRIAL}, {"key": KEY + 2}, {"key": KEY ^ 2**63}]
)
def test_trials_kinds_and_seeds_are_independent(other: dict[str, int]) -> None:
    x, y = block(), block(**other)
    assert_uncorrelated(x, y)
    assert_uncorrelated(x[:-1], y[1:])
    assert_uncorrelated(x[:, :-1], y[:, 1:])


def test_no_two_kinds_and_trials_share_a_key() -> None:
    keys = {trial_key(np.uint64(KEY), kind, np.uint64(trial)) for kind in (0, 1, 2) for trial in range(300)}
    assert len(keys) == 3 * 300


def test_trials_of_one_neuron_are_independent() -> None:
    x = np.stack([draws(KEY, TRIAL, trial, 0, 100) for trial in range(2000)]).astype(np.float64)
    assert x.mean(axis=1).std() == pytest.approx(0.1, rel=0.1)
    assert x.mean(axis=0).std() == pytest.approx(1 / np.sqrt(2000), rel=0.3)
    assert_uncorrelated(x[:-1], x[1:])


def test_noise_is_scaled_and_added() -> None:
    x = np.array([10.0, 20.0, 30.0])
    key = np.uint64(trial_key(np.uint64(KEY), CADC, np.uint64(4)))
    add_noise(x, np.array([0.0, 1.0, 2.0]), key, 9, 0, np.empty(3, np.uint32), NORMAL_TABLE)
    np.testing.assert_allclose(x, [10, 20, 30] + np.array([0, 1, 2]) * draws(KEY, CADC, 4, 9, 3))


def test_presets() -> None:
    assert noise_preset("off").silent
    assert not noise_preset("typical").silent
    by_hand = TemporalNoise(0, 0, 0.1)
    assert noise_preset(by_hand) is by_hand
    assert not by_hand.silent


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown noise preset 'loud'; known: off, typical"):
        noise_preset("loud")


@pytest.mark.parametrize("name", ["membrane_lsb", "cadc_lsb", "trial_lsb"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
def test_an_impossible_amplitude_is_refused(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"TemporalNoise\.{name} = .* must be non-negative and finite"):
        TemporalNoise(**{name: value})
