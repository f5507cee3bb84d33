from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.network.weights import NetworkWeights, layer_scales, readout_lsb_per_unit, to_codes

SPEC = chip_spec("bss2")


def test_codes_round_half_to_even() -> None:
    weights = np.array([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49, 0.51])
    codes = to_codes(weights, 1.0, 63)
    assert codes.tolist() == [0, 2, 2, 0, -2, -2, 0, 1]
    assert codes.dtype == np.int16


def test_codes_are_clipped_on_both_sides() -> None:
    assert to_codes(np.array([1e9, 2.2, 2.1, -2.1, -2.2, -1e9]), 30.0, 63).tolist() == [63, 63, 63, -63, -63, -63]


@settings(max_examples=100, deadline=None)
@given(st.floats(-2.1, 2.1), st.sampled_from([np.float32, np.float64]))
def test_a_code_is_within_half_a_step_of_its_weight(weight: float, dtype: type) -> None:
    code = int(to_codes(np.array([weight], dtype), 30.0, 63)[0])
    assert abs(code - 30 * weight) <= 0.5 + 1e-5
    assert to_codes(np.array([-weight], dtype), 30.0, 63)[0] == -code


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-100, 100).filter(lambda w: abs(w) > 1e-6), min_size=1, max_size=9))
def test_the_largest_readout_weight_takes_the_largest_code(weights: list[float]) -> None:
    matrix = np.array([weights])
    codes = to_codes(matrix, readout_lsb_per_unit(matrix, SPEC), SPEC.weight_max)
    assert np.abs(codes).max() == 63
    assert abs(codes[0, np.abs(matrix).argmax()]) == 63


def test_a_silent_readout_keeps_the_scale_of_the_hidden_layers() -> None:
    assert readout_lsb_per_unit(np.zeros((3, 2)), SPEC) == 30.0
    assert readout_lsb_per_unit(np.zeros((0, 2)), SPEC) == 30.0


def test_only_the_readout_is_scaled_to_its_range() -> None:
    weights = NetworkWeights((np.ones((2, 3)), np.ones((3, 3)), np.full((3, 1), -0.5)), (None, None))
    assert layer_scales(weights, SPEC) == pytest.approx((30.0, 30.0, 126.0))
