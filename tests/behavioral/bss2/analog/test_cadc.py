from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.analog.cadc import CadcConstants, convert, quantize


def test_conversion_has_gain_and_offset_per_channel() -> None:
    value = np.empty(3)
    cadc = CadcConstants(np.array([1.0, 1.1, 0.5]), np.array([80.0, 70.0, 0.0]), np.zeros(3), 255, 0.0, 0.0)
    convert(np.array([10.0, -20.0, 3.0]), cadc, value)
    np.testing.assert_allclose(value, [90, 48, 1.5])


@pytest.mark.parametrize("record_type", [np.uint8, np.float32, np.float64])
def test_codes_round_half_to_even_and_are_clipped(record_type: type) -> None:
    value = np.array([-1e9, -0.51, 0.5, 1.5, 99.49, 254.5, 255.4, 255.6, 1e9])
    record = np.empty(len(value), record_type)
    quantize(value, 255, record)
    assert record.tolist() == [0, 0, 0, 2, 99, 254, 255, 255, 255]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_without_quantisation_values_pass(values: list[float]) -> None:
    record = np.empty(len(values))
    quantize(np.array(values), 0, record)
    assert record.tolist() == values


@settings(max_examples=50, deadline=None)
@given(st.floats(0, 255), st.sampled_from([15, 255]))
def test_a_code_is_within_half_a_step(value: float, code_max: int) -> None:
    record = np.empty(1, np.uint8)
    quantize(np.array([value]), code_max, record)
    assert abs(float(record[0]) - min(value, code_max)) <= 0.5
