from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from inloop.behavioral.propagator import propagator
from scipy.integrate import solve_ivp

TAU = 6e-6


def epsp(t: float, tau_mem: float, tau_syn: float) -> float:
    """Membrane at time t after one spike of weight 1."""
    if tau_mem == tau_syn:
        return t / tau_mem * math.exp(-t / tau_mem)
    return tau_syn / (tau_syn - tau_mem) * (math.exp(-t / tau_syn) - math.exp(-t / tau_mem))


def solved(t: float, tau_mem: float, tau_syn: float, v: float, i: float) -> np.ndarray:
    """Membrane and current by a solver that knows the differential equations only."""
    result = solve_ivp(
        lambda _, y: [(y[1] - y[0]) / tau_mem, -y[1] / tau_syn], (0, t), [v, i],
        method="DOP853", rtol=1e-12, atol=1e-14,
    )  # fmt: skip
    assert result.success
    return np.asarray(result.y[:, -1])


@pytest.mark.parametrize("tau_syn", [TAU, TAU / 3, 2.5 * TAU])
@pytest.mark.parametrize("t", [1e-9, 0.424e-6, TAU, 30e-6])
def test_a_single_spike_gives_the_closed_form(t: float, tau_syn: float) -> None:
    step = propagator(t, TAU, tau_syn)
    assert step.drive == pytest.approx(epsp(t, TAU, tau_syn), rel=1e-9)
    assert step.decay_mem == pytest.approx(math.exp(-t / TAU), rel=1e-14)
    assert step.decay_syn == pytest.approx(math.exp(-t / tau_syn), rel=1e-14)


@pytest.mark.parametrize("tau_syn", [TAU, TAU / 3, 2.5 * TAU])
def test_the_peak_is_where_the_closed_form_has_it(tau_syn: float) -> None:
    peak = TAU if tau_syn == TAU else math.log(tau_syn / TAU) * TAU * tau_syn / (tau_syn - TAU)
    step_s = TAU / 200
    step = propagator(step_s, TAU, tau_syn)
    v, i, trace = 0.0, 1.0, []
    for _ in range(1000):
        v, i = float(step.decay_mem * v + step.drive * i), float(step.decay_syn * i)
        trace.append(v)
    assert (int(np.argmax(trace)) + 1) * step_s == pytest.approx(peak, abs=step_s)
    assert max(trace) == pytest.approx(epsp(peak, TAU, tau_syn), rel=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.floats(0.05, 20), st.floats(0.05, 20), st.floats(-2, 2), st.floats(0, 3))
@example(1.0, 1.0, 0.3, 1.0)
@example(1.0, 1 + 1e-7, 0.3, 1.0)
@example(1 + 1e-7, 1.0, 0.3, 1.0)
@example(1.0, 1 + 1e-12, 0.3, 1.0)
@example(1.0, 1 + 1e-9, 0.3, 1.0)
@example(1.0, 1.001, -0.3, 2.0)
def test_a_step_agrees_with_a_differential_equation_solver(tau_mem: float, tau_syn: float, v: float, i: float) -> None:
    step = propagator(1.0, tau_mem, tau_syn)
    membrane, current = solved(1.0, tau_mem, tau_syn, v, i)
    assert step.decay_mem * v + step.drive * i == pytest.approx(membrane, rel=1e-10, abs=1e-11)
    assert step.decay_syn * i == pytest.approx(current, rel=1e-10, abs=1e-11)


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-8, 1e-5), st.floats(1e-7, 1e-4), st.floats(1e-7, 1e-4), st.floats(0.1, 0.9))
def test_two_steps_make_one(step_s: float, tau_mem: float, tau_syn: float, share: float) -> None:
    whole = propagator(step_s, tau_mem, tau_syn)
    one, two = propagator(share * step_s, tau_mem, tau_syn), propagator((1 - share) * step_s, tau_mem, tau_syn)
    assert one.decay_mem * two.decay_mem == pytest.approx(float(whole.decay_mem), rel=1e-12)
    assert one.decay_syn * two.decay_syn == pytest.approx(float(whole.decay_syn), rel=1e-12)
    drive = two.decay_mem * one.drive + two.drive * one.decay_syn
    assert drive == pytest.approx(float(whole.drive), rel=1e-11)


@settings(max_examples=60, deadline=None)
@given(st.floats(-8, -2), st.booleans())
def test_the_drive_is_smooth_where_the_time_constants_meet(exponent: float, above: bool) -> None:
    ratio = 1 + (1 if above else -1) * 10**exponent
    equal = float(propagator(0.4, 1.0, 1.0).drive)
    slope = 0.5 * 0.4  # of φ(d) at 0, times d = h (1 − 1/ratio)
    expected = equal * (1 + slope * (1 - 1 / ratio))
    assert float(propagator(0.4, 1.0, ratio).drive) == pytest.approx(expected, rel=1e-14 + 0.1 * (ratio - 1) ** 2)


def test_time_constants_broadcast_over_neurons() -> None:
    step = propagator(1e-7, np.array([5e-6, 6e-6, 7e-6]), np.array([[6e-6], [1e-6]]))
    assert step.drive.shape == (2, 3)
    assert step.drive[1, 2] == pytest.approx(epsp(1e-7, 7e-6, 1e-6), rel=1e-9)
    assert step.drive[0, 1] == pytest.approx(epsp(1e-7, 6e-6, 6e-6), rel=1e-9)
