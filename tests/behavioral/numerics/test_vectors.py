from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.numerics.vectors import LANES, NARROW, append_units, pad_columns, pad_layers, padded  # fmt: skip


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


@settings(max_examples=60, deadline=None)
@given(st.sets(st.integers(0, 127)))
def test_bits_become_the_units_of_the_spikes(spikes: set[int]) -> None:
    words = np.array([sum(1 << n % 64 for n in spikes if n // 64 == w) for w in (0, 1)], np.uint64)
    again = np.full(len(spikes) + 3, -1, np.int32)
    count = append_units(words, again, 3)
    assert (count, again[3:].tolist()) == (len(spikes) + 3, sorted(spikes))
    assert (again[:3] == -1).all()
