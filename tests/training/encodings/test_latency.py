from __future__ import annotations

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import ConfigError, DataError
from inloop.training.encodings.latency import latency_code

TAU, THETA = 8e-6, 0.2


def exact(x: float, tau_s: float, theta: float) -> float:
    """The formula with 50 decimal digits."""
    with localcontext() as context:
        context.prec = 50
        return float(Decimal(tau_s) * (Decimal(x) / (Decimal(x) - Decimal(theta))).ln())


@settings(max_examples=200, deadline=None)
@given(st.floats(0, 1), st.floats(1e-9, 1, exclude_max=True), st.floats(1e-9, 1e3))
def test_the_time_of_one_pixel(x, theta, tau_s):
    batch = latency_code([[x]], tau_s, theta)
    if x > theta:
        assert batch.time_s[0] == pytest.approx(exact(x, tau_s, theta), rel=1e-6)
    else:
        assert len(batch.time_s) == 0


@settings(max_examples=50, deadline=None)
@given(st.floats(1e-6, 1, exclude_max=True))
def test_precise_just_above_the_threshold(theta):
    x = math.nextafter(theta, 1)
    assert latency_code([[x]], TAU, theta).time_s[0] == pytest.approx(exact(x, TAU, theta), rel=1e-6)


def test_the_threshold_itself_gives_no_spike():
    batch = latency_code([[THETA, math.nextafter(THETA, 0), math.nextafter(THETA, 1)]], TAU, THETA)
    assert batch.unit.tolist() == [2]


def test_known_times():
    batch = latency_code([[1.0, 0.4, 0.25]], 1.0, 0.2)
    np.testing.assert_allclose(batch.time_s, [math.log(1.25), math.log(2), math.log(5)], rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("window_s", [math.inf, 3 * TAU, 0.5 * TAU, 0.01 * TAU])
def test_a_batch_is_what_a_loop_gives(dtype, window_s):
    x = np.random.default_rng(0).random((30, 40)).astype(dtype)
    x[3] = 0
    batch = latency_code(x, TAU, THETA, window_s)
    assert (batch.samples, batch.units) == (30, 40)
    assert (batch.offsets.dtype, batch.unit.dtype, batch.time_s.dtype) == (np.int64, np.int32, np.float64)
    for n in range(30):
        times = {c: exact(float(x[n, c]), TAU, THETA) for c in range(40) if x[n, c] > THETA}
        expected = {c: t for c, t in times.items() if t < window_s}
        part = slice(batch.offsets[n], batch.offsets[n + 1])
        assert batch.unit[part].tolist() == list(expected)
        np.testing.assert_allclose(batch.time_s[part], list(expected.values()), rtol=1e-6)
    assert batch.offsets[-1] == len(batch.unit) == len(batch.time_s)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(1e-9, 1e-3))
def test_every_time_is_within_the_window(seed, window_s):
    x = np.random.default_rng(seed).random((5, 50))
    latency_code(x, TAU, THETA, window_s).check_times(window_s)


def test_a_spike_at_the_end_of_the_window_is_dropped():
    time_s = latency_code([[0.5]], TAU, THETA).time_s[0]
    assert len(latency_code([[0.5]], TAU, THETA, time_s).unit) == 0
    assert len(latency_code([[0.5]], TAU, THETA, math.nextafter(time_s, 1)).unit) == 1


def test_brighter_is_earlier():
    x = np.linspace(0.21, 1, 100)[None]
    assert (np.diff(latency_code(x, TAU, THETA).time_s) < 0).all()


@pytest.mark.parametrize("shape", [(0, 256), (3, 0)])
def test_nothing_gives_nothing(shape):
    batch = latency_code(np.zeros(shape), TAU, THETA)
    assert (batch.samples, batch.units, len(batch.unit)) == (*shape, 0)


def test_integers_and_strided_arrays_are_accepted():
    x = np.random.default_rng(0).random((6, 20))
    np.testing.assert_array_equal(
        latency_code(x[::2, ::-1], TAU, THETA).time_s, latency_code(x[::2, ::-1].copy(), TAU, THETA).time_s
    )
    assert latency_code(np.eye(3, dtype=np.uint8), TAU, THETA).unit.tolist() == [0, 1, 2]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -1e-6, 1.0001, 255])
def test_values_outside_0_to_1_are_refused_with_their_place(value, dtype):
    x = np.full((3, 5), 0.5, dtype)
    x[1, 4] = value
    with pytest.raises(DataError, match=r"\(sample 1, channel 4\) must be between 0 and 1"):
        latency_code(x, TAU, THETA)


@pytest.mark.parametrize("shape", [(5,), (2, 16, 16)])
def test_another_number_of_axes_is_refused(shape):
    with pytest.raises(DataError, match="shape"):
        latency_code(np.zeros(shape), TAU, THETA)


@pytest.mark.parametrize("tau_s", [0, -1e-6, math.nan, math.inf])
def test_an_impossible_time_constant_is_refused(tau_s):
    with pytest.raises(ConfigError, match="tau_s"):
        latency_code([[0.5]], tau_s, THETA)


@pytest.mark.parametrize("theta", [0, -0.1, 1, math.nan])
def test_an_impossible_threshold_is_refused(theta):
    with pytest.raises(ConfigError, match="theta"):
        latency_code([[0.5]], TAU, theta)


@pytest.mark.parametrize("window_s", [0, -1e-6, math.nan])
def test_an_impossible_window_is_refused(window_s):
    with pytest.raises(ConfigError, match="window_s"):
        latency_code([[0.5]], TAU, THETA, window_s)
