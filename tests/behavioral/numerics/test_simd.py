"""Each vector operation against numpy, for both widths and types."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.numerics.simd import above, load, lowest_bit, magnitude, select, splat, store
from numba import njit

CASES = [(lanes, dtype) for lanes in (16, 64) for dtype in (np.float32, np.float64)]
pytestmark = pytest.mark.parametrize(("lanes", "dtype"), CASES, ids=[f"{n} {d.__name__}" for n, d in CASES])


def numbers(lanes: int, dtype: Any, count: int = 2) -> list[np.ndarray]:
    rng = np.random.default_rng(lanes)
    arrays = [rng.normal(size=lanes + 7).astype(dtype) for _ in range(count)]
    arrays[0][3:5] = [0.0, -0.0]
    return arrays


@pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.mul, operator.truediv])
def test_arithmetic_is_elementwise_and_takes_scalars_on_the_left(
    lanes: int, dtype: Any, operation: Callable[[Any, Any], Any]
) -> None:
    @njit
    def run(a: Any, b: Any, scalar: Any, out: Any) -> None:
        store(out, 1, operation(load(a, 3, lanes), load(b, 3, lanes)))
        store(out, 1 + lanes, operation(scalar, load(b, 3, lanes)))

    a, b = numbers(lanes, dtype)
    out = np.full(2 * lanes + 2, 9, dtype)
    run(a, b, dtype(1.7), out)
    here = slice(3, 3 + lanes)
    expected = np.concatenate([operation(a[here], b[here]), operation(dtype(1.7), b[here])])
    np.testing.assert_array_equal(out[1:-1], expected)
    assert (out[0], out[-1]) == (9, 9)  # nothing is written beyond the vector


def test_comparison_gives_bits_and_select_takes_them(lanes: int, dtype: Any) -> None:
    @njit
    def run(a: Any, b: Any, out: Any) -> Any:
        x, y = load(a, 0, lanes), load(b, 0, lanes)
        bits = above(x, y)
        store(out, 0, select(bits, x, y))
        return bits

    a, b = numbers(lanes, dtype)
    b[5] = a[5]
    out = np.zeros(lanes, dtype)
    bits = int(run(a, b, out))
    assert bits == sum(1 << n for n in range(lanes) if a[n] > b[n])
    np.testing.assert_array_equal(out, np.maximum(a, b)[:lanes])


def test_nan_is_above_nothing(lanes: int, dtype: Any) -> None:
    @njit
    def run(a: Any, b: Any) -> Any:
        return above(load(a, 0, lanes), load(b, 0, lanes)) | above(load(b, 0, lanes), load(a, 0, lanes))

    assert run(np.full(lanes, np.nan, dtype), np.zeros(lanes, dtype)) == 0


def test_magnitude_and_splat(lanes: int, dtype: Any) -> None:
    @njit
    def run(a: Any, scalar: Any, out: Any) -> None:
        store(out, 0, magnitude(load(a, 0, lanes)))
        store(out, lanes, splat(scalar, lanes))

    (a,) = numbers(lanes, dtype, 1)
    out = np.zeros(2 * lanes, dtype)
    run(a, dtype(-2.5), out)
    np.testing.assert_array_equal(out[:lanes], np.abs(a[:lanes]))
    assert not np.signbit(out[:lanes]).any()
    assert (out[lanes:] == -2.5).all()


def test_the_lowest_bit_is_found(lanes: int, dtype: Any) -> None:  # noqa: ARG001
    @njit
    def run(bits: Any) -> Any:
        return lowest_bit(bits)

    assert [run(np.uint64(b)) for b in (1, 6, 1 << 63, (1 << 64) - 1)] == [0, 1, 63, 0]
