from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.grid import TimeGrid
from inloop.errors import ConfigError, SpikeError
from inloop.training.datasets.rate import rate_code

GRID = TimeGrid(1e-7, 900, 900)


def trials(count: int) -> Any:
    return np.arange(count).astype(np.uint64)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(1e3, 1e7), st.integers(0, 50))
def test_regular_trains_have_equal_distances(values: list[float], rate_hz: float, seed: int) -> None:
    dense = rate_code(np.array([values]), rate_hz, GRID, "regular", seed, trials(1)).dense()[0]
    assert dense.max(initial=0) <= 1
    for value, train in zip(values, dense.T, strict=True):
        expected = value * rate_hz * GRID.duration_s
        assert abs(train.sum() - expected) <= 1
        steps = np.diff(np.nonzero(train)[0])
        if len(steps):
            assert np.ptp(steps) <= 1


def test_the_phase_is_spread_over_the_whole_distance() -> None:
    dense = rate_code(np.full((400, 3), 0.1), 1e6, GRID, "regular", 0, trials(400)).dense()
    first = dense.argmax(axis=1).reshape(-1)
    assert first.min() < 5
    assert 94 < first.max() < 101
    assert first.mean() == pytest.approx(49.5, abs=3)


def test_poisson_trains_have_their_rate_and_its_variance() -> None:
    counts = rate_code(np.full((2000, 4), 0.3), 1e6, GRID, "poisson", 1, trials(2000)).counts()
    assert counts.mean() == pytest.approx(27, rel=0.01)
    assert counts.var() == pytest.approx(27 * (1 - 0.03), rel=0.1)
    assert abs(np.corrcoef(counts.T) - np.eye(4)).max() < 0.1


@pytest.mark.parametrize("train", ["regular", "poisson"])
def test_a_sample_depends_on_seed_and_trial_alone(train: Any) -> None:
    values = np.random.default_rng(0).random((6, 20))
    whole = rate_code(values, 1e6, GRID, train, 3, trials(6)).dense()
    part = rate_code(values[4:5], 1e6, GRID, train, 3, trials(6)[4:5]).dense()
    np.testing.assert_array_equal(whole[4:5], part)
    assert (rate_code(values, 1e6, GRID, train, 4, trials(6)).dense() != whole).any()


def test_nonsense_is_refused() -> None:
    with pytest.raises(SpikeError, match="from 0 to 1"):
        rate_code(np.array([[1.1]]), 1e6, GRID, "regular", 0, trials(1))
    with pytest.raises(SpikeError, match="from 0 to 1"):
        rate_code(np.array([[np.nan]]), 1e6, GRID, "regular", 0, trials(1))
    with pytest.raises(ConfigError, match="one spike per step"):
        rate_code(np.ones((1, 1)), 2e7, GRID, "regular", 0, trials(1))
    with pytest.raises(ConfigError, match="unknown spike train 'burst'"):
        rate_code(np.ones((1, 1)), 1e6, GRID, "burst", 0, trials(1))  # type: ignore[arg-type]
