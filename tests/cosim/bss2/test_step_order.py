"""The limits of the analog range and their place in the order of a step, on the behavioral level."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.propagator import propagator

MANY = [[2.0]] * 100  # all at once: far above every limit


def all_at(*steps: int) -> list[tuple[int, int]]:
    return [(step, unit) for step in steps for unit in range(len(MANY))]


def test_lines_saturate_before_the_membrane_moves(chip_microscope: Any) -> None:
    step = propagator(chip_microscope.step_s, 6e-6, 6e-6)
    fine = {"threshold_lsb": 228.0, "cadc_bits": 30, "rows": 200, "hemispheres": 1}  # all below threshold, fine codes
    seen = chip_microscope(all_at(0, 1), [MANY, [[1.0]]], steps=3, synaptic_saturation=5.0, **fine)
    first = step.drive * 5
    second = step.decay_mem * first + step.drive * 5  # saturated again, not 5 · decay + 200
    third = step.decay_mem * second + step.drive * 5 * step.decay_syn
    np.testing.assert_allclose(seen.membranes[0][:, 0], [first, second, third], atol=1 / 90_000)


def test_the_membrane_stops_at_the_upper_rail(chip_microscope: Any) -> None:
    seen = chip_microscope(all_at(0), [MANY, [[1.0]]], threshold_lsb=228.0, rows=200)
    swing = 228 - 80
    assert seen.membranes[0].max() == pytest.approx(1)
    assert not seen.spikes[0].any()  # the rail is at threshold, and a spike needs more
    assert (seen.membranes[0][5:9, 0] == seen.membranes[0].max()).all()
    assert seen.membranes[0].max() * swing + 80 == pytest.approx(228)


def test_the_membrane_stops_at_the_lower_rail_and_returns(chip_microscope: Any) -> None:
    seen = chip_microscope(all_at(0), [[[-2.0]] * 100, [[1.0]]], steps=200, rows=200)
    membrane = seen.membranes[0][:, 0]
    assert membrane.min() == pytest.approx((25 - 80) / 70)
    assert (membrane[5:9] == membrane.min()).all()
    assert membrane[-1] == pytest.approx(0, abs=seen.membrane_error)


def test_a_refractory_neuron_is_clamped_whatever_arrives(chip_microscope: Any) -> None:
    steps = range(30)
    seen = chip_microscope(all_at(*steps), [MANY, [[1.0]]], steps=30, refractory_s=4 * chip_microscope.step_s, rows=200)
    intervals = np.diff(seen.found_s[0]) / chip_microscope.step_s
    assert len(intervals) >= 5
    assert ((intervals > 4) & (intervals < 5)).all()
    step_s = chip_microscope.step_s
    for found_s in seen.found_s[0][:-1]:
        end_s = np.ceil(found_s / step_s - 1e-6) * step_s  # of the step of the spike, which shows it before its reset
        rests = (seen.time_s > end_s + 1e-9) & (seen.time_s < found_s + 4 * step_s)
        assert rests.sum() == 3
        np.testing.assert_allclose(seen.membranes[0][rests, 0], 0, atol=1e-6)


def test_excitation_and_inhibition_saturate_apart(chip_microscope: Any) -> None:
    """Two lines: 200 in, 2 out leaves 12 − 2 after saturation, not 12."""
    step = propagator(chip_microscope.step_s, 6e-6, 6e-6)
    inputs = [*MANY, [-2.0]]
    events = [*all_at(0), (0, 100)]
    seen = chip_microscope(events, [inputs, [[1.0]]], steps=1, rows=256, threshold_lsb=200.0)
    # sources alternate between the circuits of a neuron, each with its own excitatory line: 12 each
    expected = float(step.drive) * (12 + 12 - 2)
    assert seen.membranes[0][0, 0] == pytest.approx(min(expected, 148 / 120), abs=0.501 / 120)
