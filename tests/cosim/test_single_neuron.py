"""Single neurons on every level against closed forms. Weights are whole codes, so that no level rounds them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

STEPS = 60
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
    time_s = (np.arange(STEPS) + 1 - 3) * microscope.step_s  # a spike in step t moves the membrane at its end
    expected = weight * epsp(time_s, *taus)
    np.testing.assert_allclose(seen.membranes[0][:, 0], expected, rtol=0, atol=seen.membrane_error)
    assert abs(expected[3]) > 2 * seen.membrane_error
    assert not seen.spikes[0].any()
    np.testing.assert_allclose(seen.readout, 0, atol=seen.readout_error)


@TAUS
def test_the_readout_is_the_sum_of_the_closed_forms_of_hidden_spikes(
    taus: tuple[float, float], microscope: Any, epsp: Any
) -> None:
    seen = microscope([(2, unit) for unit in range(5)], [FIVE, [[1.0, -0.5]]], **fields(taus))
    found = np.flatnonzero(seen.spikes[0][:, 0])
    assert 1 <= len(found) <= 6
    time_s = (np.arange(STEPS)[:, None] - found[None, :]) * microscope.step_s  # acts one step after it was found
    expected = epsp(time_s, *taus).sum(axis=1)[:, None] * [1.0, -0.5]
    error = seen.readout_error + (0 if microscope.fidelity == "ideal" else 0.5 / 63 * np.abs(expected).max())
    np.testing.assert_allclose(seen.readout, expected, rtol=0, atol=error)
    np.testing.assert_allclose(seen.readout[: found[0] + 1], 0, atol=seen.readout_error)
    assert seen.readout[found[0] + 1, 0] > 0.5 * expected[found[0] + 1, 0] > 0


@pytest.mark.parametrize("code", [32, 40, 51, 63])
def test_the_first_spike_under_a_constant_current_comes_within_a_step_of_the_closed_form(
    code: int, microscope: Any
) -> None:
    weight = code / 30
    seen = microscope([(0, 0)], [[[weight]], [[1.0]]], tau_syn_s=1.0)
    closed_form = -6e-6 * math.log(1 - 1 / weight)
    first = int(np.flatnonzero(seen.spikes[0][:, 0])[0])
    assert 0 <= (first + 1) * microscope.step_s - closed_form <= 1.001 * microscope.step_s
    assert seen.membranes[0][first, 0] > 1 - seen.membrane_error  # recorded before the reset


@pytest.mark.parametrize("refractory_steps", [0, 1, 5])
@pytest.mark.parametrize("reset_lsb", [80.0, 59.0])
def test_the_interval_between_spikes_under_a_constant_current(
    refractory_steps: int, reset_lsb: float, microscope: Any
) -> None:
    h, weight, reset = microscope.step_s, 2.0, (reset_lsb - 80) / 70
    seen = microscope(
        [(0, 0)], [[[weight]], [[1.0]]], tau_syn_s=1.0, refractory_s=refractory_steps * h, reset_lsb=reset_lsb
    )
    rise = math.ceil(6e-6 / h * math.log((weight - reset) / (weight - 1)))
    found = np.flatnonzero(seen.spikes[0][:, 0])
    assert len(found) >= 3
    assert set(np.diff(found)) == {rise + refractory_steps}
    membrane = seen.membranes[0][:, 0]
    for step in found[:-1]:
        clamped = membrane[step + 1 : step + 1 + refractory_steps]
        np.testing.assert_allclose(clamped, reset, atol=seen.membrane_error)
        free = weight + (reset - weight) * np.exp(-h * np.arange(1, rise) / 6e-6)
        moving = membrane[step + 1 + refractory_steps : step + refractory_steps + rise]
        np.testing.assert_allclose(moving, free, atol=seen.membrane_error + 1e-3)


def test_a_spike_acts_on_recurrent_targets_in_the_next_step(microscope: Any, epsp: Any) -> None:
    inputs = [[2.0, 0.0]] * 5
    seen = microscope([(0, unit) for unit in range(5)], [inputs, [[1.0], [0.0]]], [[[0.0, 1.0], [0.0, 0.0]]], steps=12)
    found = np.flatnonzero(seen.spikes[0][:, 0])
    time_s = (np.arange(12)[:, None] - found[None, :]) * microscope.step_s
    np.testing.assert_allclose(seen.membranes[0][:, 1], epsp(time_s).sum(axis=1), atol=seen.membrane_error)
    assert seen.membranes[0][found[0] + 1, 1] > 2 * seen.membrane_error


def test_a_spike_acts_on_the_layer_above_in_the_next_step(microscope: Any, epsp: Any) -> None:
    seen = microscope([(0, unit) for unit in range(5)], [FIVE, [[-0.5]], [[1.0]]], steps=12)
    found = np.flatnonzero(seen.spikes[0][:, 0])
    time_s = (np.arange(12)[:, None] - found[None, :]) * microscope.step_s
    np.testing.assert_allclose(seen.membranes[1][:, 0], -0.5 * epsp(time_s).sum(axis=1), atol=seen.membrane_error)
    assert seen.membranes[1][found[0] + 1, 0] < -2 * seen.membrane_error


def test_events_of_one_step_add_up(microscope: Any) -> None:
    once = microscope([(1, 0), (1, 0), (1, 1)], [[[0.4], [0.2]], [[1.0]]]).membranes[0]
    together = microscope([(1, 0)], [[[1.0]], [[1.0]]])
    np.testing.assert_allclose(once, together.membranes[0], atol=2 * together.membrane_error)
