from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import ConfigError, DataError
from inloop.training.encodings.spike_time import spike_time_code


@settings(deadline=None)
@given(st.integers(0, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_spikes_of_each_channel(samples, repetitions, seed):
    x = np.random.default_rng(seed).random((samples, 4))
    batch = spike_time_code(x, 1e-6, 5e-6, 2e-6, repetitions)
    assert (batch.samples, batch.units) == (samples, 5 * repetitions)
    assert (batch.offsets.dtype, batch.unit.dtype, batch.time_s.dtype) == (np.int64, np.int32, np.float64)
    assert batch.offsets.tolist() == [n * 5 * repetitions for n in range(samples + 1)]
    for n in range(samples):
        part = slice(batch.offsets[n], batch.offsets[n + 1])
        assert batch.unit[part].tolist() == list(range(5 * repetitions))
        for unit, time_s in zip(batch.unit[part], batch.time_s[part], strict=True):
            feature = unit % 5
            assert time_s == pytest.approx(2e-6 if feature == 4 else 1e-6 + x[n, feature] * 4e-6, rel=1e-12)


def test_the_ends_of_the_range():
    batch = spike_time_code([[0, 1, 1, 0]], 0, 4e-6, 3e-6)
    np.testing.assert_allclose(batch.time_s, [0, 4e-6, 4e-6, 0, 3e-6], rtol=1e-15)


@pytest.mark.parametrize("value", [math.nan, math.inf, -1e-9, 1.001])
def test_features_outside_0_to_1_are_refused_with_their_place(value):
    x = np.full((3, 4), 0.5)
    x[2, 1] = value
    with pytest.raises(DataError, match=r"\(sample 2, column 1\)"):
        spike_time_code(x, 0, 1e-6, 0)


@pytest.mark.parametrize("shape", [(4,), (3, 0), (3, 4, 1)])
def test_features_of_another_shape_are_refused(shape):
    with pytest.raises(DataError, match="shape"):
        spike_time_code(np.zeros(shape), 0, 1e-6, 0)


@pytest.mark.parametrize(
    "times",
    [
        (1e-6, 1e-6, 0),
        (2e-6, 1e-6, 0),
        (-1e-6, 1e-6, 0),
        (0, math.inf, 0),
        (0, 1e-6, -1e-6),
        (0, 1e-6, math.nan),
        (math.nan, 1e-6, 0),
        (0, 1e-6, 0, 0),
    ],
)
def test_impossible_times_are_refused(times):
    with pytest.raises(ConfigError, match="spike-time code"):
        spike_time_code(np.zeros((1, 4)), *times)
