"""Single neurons on every level against closed forms. Weights are whole codes, so that no level rounds them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

CYCLE_S = 1 / 125e6
FIVE = [[2.0]] * 5  # five inputs that together fire a neuron
TAUS = pytest.mark.parametrize("taus", [(6e-6, 6e-6), (6e-6, 2e-6), (4e-6, 9e-6)])


def fields(taus: tuple[float, float]) -> dict[str, float]:
    return {"tau_mem_s": taus[0], "tau_syn_s": taus[1]}


@TAUS
@pytest.mark.parametrize("weight", [1.0, -0.7])
def test_an_input_spike_gives_the_closed_form(
    taus: tuple[float, float], weight: float, microscope: Any, epsp: Any
) -> None:
    seen = microscope([(3, 0)], [[[weight]], [[1.0]]], **fields(taus))
    expected = weight * epsp(seen.time_s - 3 * microscope.step_s, *taus)
    np.testing.assert_allclose(seen.membranes[0][:, 0], expected, rtol=0, atol=seen.membrane_error)
    assert abs(expected[6]) > 2 * seen.membrane_error
    assert not seen.spikes[0].any()
    np.testing.assert_allclose(seen.readout, 0, atol=seen.readout_error)


@TAUS
def test_the_readout_is_the_sum_of_the_closed_forms_of_hidden_spikes(
    taus: tuple[float, float], microscope: Any, epsp: Any
) -> None:
    seen = microscope([(2, unit) for unit in range(5)], [FIVE, [[1.0, -0.5]]], **fields(taus))
    acts_s = seen.acts_s[0]
    assert 1 <= len(acts_s) <= 6
    expected = epsp(seen.time_s[:, None] - acts_s, *taus).sum(axis=1)[:, None] * [1.0, -0.5]
    error = seen.readout_error + (0.5 / 63 * np.abs(expected).max() if microscope.manner.converts else 0)
    np.testing.assert_allclose(seen.readout, expected, rtol=0, atol=error)
    np.testing.assert_allclose(seen.readout[seen.time_s <= acts_s[0] + 1e-12], 0, atol=seen.readout_error)
    risen = seen.first_record(acts_s[0] + microscope.step_s)
    assert seen.readout[risen, 0] > 0.5 * expected[risen, 0] > 0


@pytest.mark.parametrize("code", [32, 40, 51, 63])
def test_the_first_spike_under_a_constant_current_comes_at_the_next_look_after_the_closed_form(
    code: int, microscope: Any
) -> None:
    """A look at the threshold: at the end of a cycle; on a grid a straight line says in which of a step's cycles."""
    weight = code / 30
    seen = microscope([(0, 0)], [[[weight]], [[1.0]]], tau_syn_s=1.0)
    begin_s = microscope.manner.first_input * CYCLE_S
    closed_form = begin_s - 6e-6 * math.log(1 - 1 / weight)
    found_s = seen.found_s[0][0]
    late_s = found_s - closed_form
    assert 0 <= late_s <= 1.001 * CYCLE_S + (0.02 * microscope.step_s if microscope.manner.on_grid else 0)
    if microscope.manner.on_grid:  # recorded before the reset
        assert seen.membranes[0][seen.first_record(found_s), 0] > 1 - seen.membrane_error


def test_a_record_in_the_cycle_of_a_spike_shows_the_membrane_before_its_reset(microscope: Any) -> None:
    fine = microscope.with_steps_of_a_cycle()
    seen = fine([(0, unit) for unit in range(5)], [FIVE, [[1.0]]], steps=130)
    record = seen.first_record(seen.found_s[0][0])
    assert seen.membranes[0][record, 0] > 1 - seen.membrane_error
    np.testing.assert_allclose(seen.membranes[0][record + 1, 0], 0, atol=seen.membrane_error)
    assert (np.diff(seen.membranes[0][: record + 1, 0]) >= 0).all()


@pytest.mark.parametrize("refractory_steps", [0, 1, 4])
@pytest.mark.parametrize("reset_lsb", [80.0, 59.0])
def test_the_interval_between_spikes_under_a_constant_current(
    refractory_steps: int, reset_lsb: float, microscope: Any
) -> None:
    h, weight, reset = microscope.step_s, 2.0, (reset_lsb - 80) / 70
    seen = microscope(
        [(0, 0)], [[[weight]], [[1.0]]], tau_syn_s=1.0, refractory_s=refractory_steps * h, reset_lsb=reset_lsb
    )
    rest_s = microscope.manner.rest_s(refractory_steps * h)
    rise_s, found_s = 6e-6 * math.log((weight - reset) / (weight - 1)), seen.found_s[0]
    assert len(found_s) >= 3
    straight = microscope.manner.on_grid  # lines in place of exponentials where a step is shared
    if straight:
        np.testing.assert_allclose(np.diff(found_s), rise_s + rest_s, rtol=0, atol=0.06 * h)
        np.testing.assert_allclose(np.diff(found_s) / CYCLE_S, np.round(np.diff(found_s) / CYCLE_S), atol=1e-6)
    else:
        rise_s = math.ceil(rise_s / CYCLE_S) * CYCLE_S
        np.testing.assert_allclose(np.diff(found_s), rise_s + rest_s, rtol=1e-9)
    membrane, since_s = seen.membranes[0][:, 0], seen.time_s - found_s[:-1, None] - CYCLE_S / 2
    for since in since_s:
        behind = since > (h if straight else 0)  # the record of the step of a spike shows it before its reset
        clamped, moving = behind & (since < rest_s), behind & (since > rest_s) & (since < rest_s + rise_s - CYCLE_S)
        assert clamped.sum() in ((max(refractory_steps - 1, 0),) if straight else (refractory_steps,))
        assert moving.sum() >= 8
        np.testing.assert_allclose(membrane[clamped], reset, atol=seen.membrane_error)
        free = weight + (reset - weight) * np.exp(-(since[moving] + CYCLE_S / 2 - rest_s) / 6e-6)
        error = seen.membrane_error + (1e-2 if straight else 1e-3)  # of a line over up to two steps, and of a cycle
        np.testing.assert_allclose(membrane[moving], free, atol=error)


def test_a_spike_acts_on_recurrent_targets_after_the_latency(microscope: Any, epsp: Any) -> None:
    inputs = [[2.0, 0.0]] * 5
    seen = microscope([(0, unit) for unit in range(5)], [inputs, [[1.0], [0.0]]], [[[0.0, 1.0], [0.0, 0.0]]], steps=12)
    expected = epsp(seen.time_s[:, None] - seen.acts_s[0]).sum(axis=1)
    np.testing.assert_allclose(seen.membranes[0][:, 1], expected, atol=seen.membrane_error)
    risen = seen.first_record(seen.acts_s[0][0] + microscope.step_s)
    assert seen.membranes[0][risen, 1] > 2 * seen.membrane_error


def test_a_spike_acts_on_the_layer_above_after_the_latency(microscope: Any, epsp: Any) -> None:
    seen = microscope([(0, unit) for unit in range(5)], [FIVE, [[-0.5]], [[1.0]]], steps=12)
    expected = -0.5 * epsp(seen.time_s[:, None] - seen.acts_s[0]).sum(axis=1)
    np.testing.assert_allclose(seen.membranes[1][:, 0], expected, atol=seen.membrane_error)
    risen = seen.first_record(seen.acts_s[0][0] + microscope.step_s)
    assert seen.membranes[1][risen, 0] < -2 * seen.membrane_error


def test_events_of_one_step_add_up(microscope: Any) -> None:
    once = microscope([(1, 0), (1, 0), (1, 1)], [[[0.4], [0.2]], [[1.0]]]).membranes[0]
    together = microscope([(1, 0)], [[[1.0]], [[1.0]]])
    np.testing.assert_allclose(once, together.membranes[0], atol=2 * together.membrane_error)
