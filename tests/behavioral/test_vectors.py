from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.vectors import fire, pad_columns, padded


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 1000))
def test_padding_reaches_whole_vectors_and_no_further(size: int) -> None:
    lanes = 64 if size > 48 else 16
    assert padded(size) % lanes == 0
    assert 0 <= padded(size) - size < lanes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_matrix_is_padded_with_zeros(dtype: type) -> None:
    matrix = np.asfortranarray(np.random.default_rng(0).random((3, 17)))
    out = pad_columns(matrix, np.dtype(dtype))
    assert (out.shape, out.dtype, out.flags.c_contiguous) == ((3, 32), dtype, True)
    np.testing.assert_array_equal(out[:, :17], matrix.astype(dtype))
    assert not out[:, 17:].any()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-2, 3), min_size=16, max_size=16), st.integers(0, 5))
def test_neurons_above_threshold_are_listed_in_order_and_reset(values: list[float], before: int) -> None:
    v = np.array(values)
    threshold, reset = np.linspace(0.5, 2, 16), np.linspace(-1, 0, 16)
    mask = np.zeros(16, np.bool_)
    unit = np.full(before + 17, -1, np.int32)
    expected = np.flatnonzero(v > threshold)
    after = np.where(v > threshold, reset, v)
    hits = np.empty(len(mask) // 8 + 1, np.int64)
    count = fire(v, threshold, reset, mask, mask.view(np.uint64), hits, unit, before)
    assert count == before + len(expected)
    assert unit[before:count].tolist() == expected.tolist()
    assert (unit[:before] == -1).all()
    np.testing.assert_array_equal(v, after)


def test_at_threshold_a_neuron_is_silent() -> None:
    mask = np.zeros(16, np.bool_)
    v = np.ones(16)
    assert (
        fire(v, np.ones(16), np.zeros(16), mask, mask.view(np.uint64), np.empty(3, np.int64), np.empty(17, np.int32), 0)
        == 0
    )
    assert (v == 1).all()
