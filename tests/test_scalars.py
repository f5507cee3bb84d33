"""Numbers of Python, numpy and torch mean the same; what is no number is refused by name."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import torch
from inloop.errors import ConfigError
from inloop.scalars import as_bool, as_float, as_int, finite, plain, truth, whole, whole_array

INTEGERS = [3, np.int64(3), np.uint8(3), np.int8(3), np.uint64(3), np.array(3), torch.tensor(3), np.arange(4)[3]]
TRUTHS = [True, np.True_, np.array(True), torch.tensor(True), np.array([1, 2])[0] == 1]
NO_NUMBERS = ["3", b"3", None, [3], {}, object(), np.array([3, 4]), torch.tensor([3, 4]), 3j]


@pytest.mark.parametrize("value", INTEGERS)
def test_an_integer_of_any_library_is_a_whole_number(value: Any) -> None:
    assert whole(value, "n") == 3
    assert type(whole(value, "n")) is int
    assert (type(finite(value, "x")), finite(value, "x"), as_bool(value)) == (float, 3.0, None)


@pytest.mark.parametrize("value", [3.0, np.float64(3), np.float32(3), torch.tensor(3.0), Decimal(3), Fraction(3)])
def test_a_float_is_a_number_but_no_whole_one(value: Any) -> None:
    assert as_int(value) is None
    assert finite(value, "x") == 3.0
    with pytest.raises(ConfigError, match=r"^size = .* must be a positive whole number$"):
        whole(value, "size")


@pytest.mark.parametrize(
    "value", [np.float32(6e-6), np.float32([6e-6])[0], torch.tensor(6e-6), torch.tensor([6e-6])[0]]
)
def test_a_number_of_single_precision_is_the_decimal_that_it_prints_as(value: Any) -> None:
    assert finite(value, "x") == 6e-6
    assert finite(np.float16(0.1), "x") == 0.1


@pytest.mark.parametrize("value", TRUTHS)
def test_a_truth_value_is_no_number(value: Any) -> None:
    assert (as_int(value), as_float(value), truth(value, "flag")) == (None, None, True)
    assert type(truth(value, "flag")) is bool


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_is_refused_by_name(value: Any) -> None:
    for check, message in ((whole, "whole number"), (finite, "finite number"), (truth, "True or False")):
        with pytest.raises(ConfigError, match=rf"^thing = .* must be .*{message}") as caught:
            check(value, "thing")
        assert len(str(caught.value)) < 150
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, np.float32("nan"), 10**400, -(10**400), Decimal("nan")]
)
def test_a_finite_number_is_finite(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"x = .* must be a finite number"):
        finite(value, "x")


@pytest.mark.parametrize(
    ("value", "least", "most", "allowed"),
    [(0, 1, None, "a positive whole number"), (-1, 0, None, "a whole number, at least 0"), (5, 1, 4, "from 1 to 4"),
     (2**63, 0, 2**63 - 1, r"from 0 to 2\^63 - 1")],
)  # fmt: skip
def test_a_whole_number_out_of_range(value: int, least: int, most: int | None, allowed: str) -> None:
    with pytest.raises(ConfigError, match=allowed):
        whole(value, "n", least, most)


@pytest.mark.parametrize(
    "values", [[1, 2], (1.0, 2.0), np.array([1, 2], np.uint8), np.array([1, 2], np.float32), torch.tensor([1, 2]),
               torch.tensor([1.0, 2.0], requires_grad=True), range(1, 3)],
)  # fmt: skip
def test_arrays_of_whole_numbers(values: Any) -> None:
    found = whole_array(values)
    assert found is not None
    assert (found.dtype, found.tolist()) == (np.int64, [1, 2])


@pytest.mark.parametrize(
    "values", [[1.5], [math.nan], [math.inf], [True], ["1"], [None], [[1], [2, 3]], [2**70], [1j], [-(2**64)],
               np.array([2**64 - 1], np.uint64), torch.tensor([1.0], dtype=torch.bfloat16)],
)  # fmt: skip
def test_arrays_of_other_things(values: Any) -> None:
    assert whole_array(values) is None


def test_an_empty_list_holds_whole_numbers() -> None:
    found = whole_array([])
    assert found is not None
    assert (found.dtype, found.shape) == (np.int64, (0,))


def test_plain_values() -> None:
    given = {"a": np.int64(3), "b": [np.float32(0.5), np.True_], "c": (np.array([1, 2]),), "d": "text", "e": None}
    assert plain(given) == {"a": 3, "b": [0.5, True], "c": [[1, 2]], "d": "text", "e": None}
    assert [type(value) for value in plain([np.int64(3), np.float32(0.5), np.True_])] == [int, float, bool]


def test_a_number_of_thousands_of_digits_is_refused_in_one_line() -> None:
    with pytest.raises(ConfigError, match=r"^n = .{1,60} must be a whole number from 0 to 9$"):
        whole(10**5000, "n", 0, 9)
