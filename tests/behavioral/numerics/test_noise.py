from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.numerics.noise import (
    CADC,
    MEMBRANE,
    TRIAL,
    TemporalNoise,
    add_noise,
    counter,
    noise_preset,
    normal,
    shaped,
    trial_key,
    word,
)
from inloop.errors import ConfigError
from scipy.stats import norm

KEY = 0x1234_5678_9ABC_DEF1
KEYS = st.integers(0, 2**64 - 1)
COUNTERS = st.integers(0, 2**32 - 1)


def draws(key: int, kind: int, trial: int, time: int, neurons: int, first: int = 0) -> np.ndarray:
    """Draws of neurons first, first + 1, … at one time."""
    z = np.zeros(neurons, np.float32)
    stream = np.uint64(trial_key(np.uint64(key), kind, np.uint64(trial)))
    add_noise(z, np.ones(neurons, np.float32), stream, time, first)
    return z


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


def test_draws_have_the_moments_of_a_normal_distribution() -> None:
    x = block(times=1000, neurons=1000)
    for power, moment in ((1, 0), (2, 1), (3, 0), (4, 3), (5, 0), (6, 15)):
        error = 4.5 * (x**power).std() / np.sqrt(x.size)
        assert (x**power).mean() == pytest.approx(moment, abs=error)


def test_the_distribution_function_is_as_near_to_the_normal_one_as_stated() -> None:
    """Exactly, over all sums of four bytes; `noise.py` states the figures."""
    chance, byte = np.ones(1), np.full(256, 1 / 256)
    for _ in range(4):
        chance = np.convolve(chance, byte)
    total = np.arange(len(chance))
    part = np.array([[min(max(t - 255 * k, 0), 255) for k in range(4)] for t in total])
    z = np.array([float(shaped(np.uint32(a | b << 8 | c << 16 | d << 24))) for a, b, c, d in part.tolist()])
    assert len(z) == 1021
    assert (np.diff(z) > 0).all()
    above, exact = np.cumsum(chance), norm.cdf(z)
    distance = np.maximum(np.abs(above - exact), np.abs(above - chance - exact))
    assert distance.max() == pytest.approx(0.0024, abs=5e-5)
    assert np.abs(above - chance / 2 - exact).max() == pytest.approx(0.0013, abs=5e-5)
    assert z[-1] == -z[0] == pytest.approx(4.53, abs=0.005)
    assert chance[np.abs(z) > 4].sum() / (2 * norm.sf(4)) == pytest.approx(0.38, abs=0.01)


def test_draws_have_the_distribution_function_of_a_normal_one() -> None:
    x = np.sort(block(times=1000, neurons=1000).ravel())
    middle = (np.searchsorted(x, x, "left") + np.searchsorted(x, x, "right")) / (2 * x.size)  # values repeat
    assert np.abs(middle - norm.cdf(x)).max() < 0.003
    share = [(np.abs(x) > k).mean() for k in (1, 2, 3)]
    np.testing.assert_allclose(share, [0.3173, 0.0455, 0.0027], rtol=0.1)


def test_all_words_of_a_byte_are_equally_likely() -> None:
    key = np.uint64(trial_key(np.uint64(KEY), MEMBRANE, np.uint64(0)))
    words = np.array([word(key, np.uint32(counter(t, n))) for t in range(256) for n in range(400)], np.uint32)
    for shift in (0, 8, 16, 24):
        counts = np.bincount((words >> np.uint32(shift)) & 255, minlength=256)
        chi_square = ((counts - words.size / 256) ** 2 / (words.size / 256)).sum()
        assert chi_square == pytest.approx(255, abs=5 * np.sqrt(2 * 255))


@settings(max_examples=50, deadline=None)
@given(KEYS, st.integers(0, 2**32 - 1), st.integers(0, 31))
def test_words_of_one_key_are_all_different(key: int, start: int, bit: int) -> None:
    one, two = (word(np.uint64(key), np.uint32(start ^ flip)) for flip in (0, 1 << bit))
    assert one != two


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
    add_noise(x, np.array([0.0, 1.0, 2.0]), key, 9, 0)
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
