from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.compiled import kernel
from inloop.behavioral.vectors import (
    LANES,
    NARROW,
    append_units,
    mark_units,
    pad_columns,
    pad_layers,
    padded,
    recent,
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 1000))
def test_padding_reaches_whole_vectors_and_no_further(size: int) -> None:
    for lanes in (LANES, NARROW):
        assert padded(size, lanes) % lanes == 0
        assert 0 <= padded(size, lanes) - size < lanes


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_matrix_is_padded_with_zeros(dtype: type) -> None:
    matrix = np.asfortranarray(np.random.default_rng(0).random((3, 17)))
    out = pad_columns(matrix, np.dtype(dtype))
    assert (out.shape, out.dtype, out.flags.c_contiguous) == ((3, 64), dtype, True)
    np.testing.assert_array_equal(out[:, :17], matrix.astype(dtype))
    assert not out[:, 17:].any()


def test_hidden_layers_and_readout_are_padded_for_their_kernels() -> None:
    hidden, readout = pad_layers((np.ones((3, 65)), np.ones((65, 10))), np.dtype(np.float32))
    assert (hidden.shape, readout.shape) == ((3, 128), (65, 16))


spikes = st.lists(st.sets(st.integers(0, 127)), min_size=1, max_size=6)


@settings(max_examples=60, deadline=None)
@given(spikes)
def test_spikes_as_events_and_as_bits_are_the_same(steps: list[set[int]]) -> None:
    first = np.cumsum([0, *map(len, steps)])
    unit = np.array([n for step in steps for n in sorted(step)], np.int32)
    words = np.full((len(steps), 2), 7, np.uint64)
    mark_units(first, unit, words)
    assert [sum(int(w) << (64 * k) for k, w in enumerate(row)) for row in words] == [
        sum(1 << n for n in step) for step in steps
    ]
    again, count = np.full(len(unit), -1, np.int32), 0
    for row in words:
        count = append_units(row, again, count)
    assert (count, again.tolist()) == (len(unit), unit.tolist())


@settings(max_examples=60, deadline=None)
@given(spikes, st.integers(0, 5), st.integers(0, 3))
def test_recent_bits_are_those_of_the_steps_before(steps: list[set[int]], t: int, back: int) -> None:
    t = min(t, len(steps) - 1)
    words = np.array([[sum(1 << n for n in step if n < 64)] for step in steps], np.uint64)
    expected = set().union(*steps[max(t - back, 0) : t])
    assert recent_bits(words, t, back) == sum(1 << n for n in expected if n < 64)


@kernel
def recent_bits(words: np.ndarray, t: int, back: int) -> int:
    return recent(words, 0, t, back)
