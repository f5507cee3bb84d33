from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.grid import make_grid
from inloop.errors import ConfigError

SPEC = chip_spec("bss2").with_fields(cadc_period_cycles=212)
PERIOD = 212 / 125e6


@settings(max_examples=100, deadline=None)
@given(st.floats(1e-9, 5e-4), st.sampled_from([1, 2, 4, 53, 106, 212]))
def test_the_window_is_covered_by_whole_periods(duration_s: float, steps_per_sample: int) -> None:
    grid = make_grid(SPEC, duration_s, steps_per_sample)
    assert grid.steps == grid.samples * steps_per_sample
    assert grid.step_s * steps_per_sample == pytest.approx(PERIOD)
    assert duration_s * (1 - 1e-8) <= grid.duration_s < max(duration_s, 1e-9) + PERIOD


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 16_000))
def test_a_whole_number_of_periods_is_not_rounded_up(samples: int) -> None:
    assert make_grid(SPEC, samples * PERIOD).samples == samples
    assert make_grid(SPEC, samples * SPEC.cadc_period_s).samples == samples


def test_a_little_more_takes_another_period() -> None:
    assert make_grid(SPEC, 7 * PERIOD * 1.0001).samples == 8


def test_a_step_is_whole_fabric_cycles() -> None:
    grid = make_grid(SPEC, 1e-5)
    assert (grid.step_s, grid.sample_steps) == (pytest.approx(53 * 8e-9), 4)
    assert make_grid(SPEC, 1e-5, 212).step_s == pytest.approx(8e-9)


@pytest.mark.parametrize("steps_per_sample", [0, -4, 3, 5, 424])
def test_steps_that_do_not_divide_the_period_are_refused(steps_per_sample: int) -> None:
    with pytest.raises(ConfigError, match=f"steps_per_sample = {steps_per_sample} does not divide .* 212 cycles"):
        make_grid(SPEC, 1e-5, steps_per_sample)


@pytest.mark.parametrize("duration_s", [0, -1e-6, 1.0, float("nan"), float("inf")])
def test_an_impossible_duration_is_refused(duration_s: Any) -> None:
    with pytest.raises(ConfigError, match=r"duration_s = .* must lie between 0 and 1 s"):
        make_grid(SPEC, duration_s)


def test_a_window_of_more_steps_than_noise_can_count_is_refused() -> None:
    spec = chip_spec("bss2")
    assert make_grid(spec, 0.02).steps < 2**16
    with pytest.raises(ConfigError, match="needs more than 65536 grid steps"):
        make_grid(spec, 0.03)
