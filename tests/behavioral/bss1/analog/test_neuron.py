"""The integrator against scipy's ODE solver and against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.analog.neuron import LIMIT_HZ, membranes, trace
from inloop.behavioral.bss1.spec import bss1_spec
from scipy.integrate import solve_ivp

SPEC = bss1_spec("bss1")
STEP_S = SPEC.step_s
FINE = 50
NEURON: dict[str, float] = {
    "tau_mem_s": 1e-6, "tau_syn_exc_s": 0.3e-6, "tau_syn_inh_s": 0.25e-6, "leak_v": 0.92, "reset_v": 0.905,
    "threshold_v": 0.936, "reversal_exc_v": 1.3, "reversal_inh_v": 0.45, "refractory_s": 0.23e-6,
}  # fmt: skip


def follow(arrivals: Any, **changes: float) -> tuple[Any, Any]:
    constants = membranes(STEP_S, **{name: [value] for name, value in {**NEURON, **changes}.items()})
    record, spikes = np.zeros(len(arrivals), np.float32), np.zeros(len(arrivals), np.uint8)
    trace(constants, np.asarray(arrivals, np.float32), record, spikes)
    return record, spikes


def solved(arrivals: Any, **changes: float) -> tuple[Any, list[float]]:
    """The same by scipy, event by event, with spikes in continuous time."""
    p = {**NEURON, **changes}
    threshold, reset = p["threshold_v"] - p["leak_v"], p["reset_v"] - p["leak_v"]
    pull = p["reversal_exc_v"] - p["leak_v"], p["reversal_inh_v"] - p["leak_v"]
    tau, g, u, awake_at = (p["tau_syn_exc_s"], p["tau_syn_inh_s"]), [0.0, 0.0], 0.0, 0.0
    record, spikes = [], []

    def crossing(_: float, y: Any) -> Any:
        return y[0] - threshold

    crossing.terminal, crossing.direction = True, 1  # type: ignore[attr-defined]
    for step, jumps in enumerate(arrivals):
        begin = step * STEP_S
        g = [g[k] + jumps[k] / STEP_S for k in range(2)]

        def slope(t: float, y: Any, begin: float = begin, g: list[float] = g) -> list[float]:
            now = [g[k] * np.exp(-(t - begin) / tau[k]) for k in range(2)]
            return [-(1 / p["tau_mem_s"] + sum(now)) * y[0] + now[0] * pull[0] + now[1] * pull[1]]

        t, end = begin, begin + STEP_S
        while t < end - 1e-15:
            if awake_at > t:
                t, u = min(awake_at, end), reset
                continue
            result = solve_ivp(slope, (t, end), [u], events=crossing, rtol=1e-9, atol=1e-12)
            t, u = result.t[-1], result.y[0, -1]
            if result.status == 1:
                spikes.append(t)
                awake_at, u = t + p["refractory_s"], reset
        g = [g[k] * np.exp(-STEP_S / tau[k]) for k in range(2)]
        record.append(u)
    return np.array(record), spikes


@pytest.mark.parametrize(("strength", "tolerance_v"), [(0.02, 1e-6), (0.3, 5e-6)])
def test_the_membrane_follows_the_equation(strength: float, tolerance_v: float) -> None:
    arrivals = np.random.default_rng(0).random((80, 2)) ** 4 * strength
    record, _ = follow(arrivals, threshold_v=1.3)
    exact, _ = solved(arrivals, threshold_v=1.3)
    assert np.ptp(exact) > 20e-3  # V
    np.testing.assert_allclose(record, exact, atol=tolerance_v)


def test_spikes_come_in_the_step_of_the_exact_crossing() -> None:
    arrivals = np.random.default_rng(1).random((150, 2)) ** 3 * [0.03, 0.01]
    _, spikes = follow(arrivals)
    _, exact = solved(arrivals)
    steps = np.nonzero(spikes)[0]
    assert len(steps) == len(exact) > 10
    # a crossing near the end of a step may fall on the other side
    assert np.abs(steps + 0.5 - np.array(exact) / STEP_S).max() < 0.6


@settings(max_examples=30, deadline=None)
@given(st.floats(0.942, 1.2), st.floats(0, 1e-6), st.floats(0.5e-6, 3e-6))
def test_a_constant_drive_fires_at_the_rate_of_the_closed_form(leak_v: float, more_s: float, tau_s: float) -> None:
    """1/f = τ_ref + τ_m ln((E − V_reset) / (E − V_t)); the leak itself is the drive.

    The rest is at least so long that there is no more than a spike in two steps: others the grid does not show.
    """
    charging_s = tau_s * np.log((leak_v - NEURON["reset_v"]) / (leak_v - NEURON["threshold_v"]))
    rest_s = max(0.0, 2 * STEP_S - charging_s) + more_s
    period = rest_s + charging_s
    _, spikes = follow(np.zeros((4000, 2)), leak_v=leak_v, refractory_s=rest_s, tau_mem_s=tau_s)
    first = np.nonzero(spikes)[0]
    assert len(first) > 50
    measured = (first[-1] - first[0]) / (len(first) - 1) * STEP_S
    interpolated, ends = (STEP_S / tau_s) ** 2 + 0.1 * (STEP_S / period) ** 2, 1 / (first[-1] - first[0])
    assert measured == pytest.approx(period, rel=interpolated + ends)


def test_a_constant_conductance_settles_between_the_reversal_potentials() -> None:
    tau_s = 1.0  # so slow that the conductances stay
    arrivals = np.zeros((2000, 2))
    arrivals[0] = 0.4, 0.1
    record, _ = follow(arrivals, threshold_v=1.29, tau_syn_exc_s=tau_s, tau_syn_inh_s=tau_s)
    leak = STEP_S / NEURON["tau_mem_s"]
    expected = (0.4 * (1.3 - 0.92) + 0.1 * (0.45 - 0.92)) / (leak + 0.5)
    assert record[-1] == pytest.approx(expected, rel=1e-3)


def test_synaptic_inputs_saturate() -> None:
    arrivals = np.zeros((5, 2))
    arrivals[0, 0] = LIMIT_HZ * STEP_S
    at_limit, _ = follow(arrivals, threshold_v=1.3)
    arrivals[0, 0] = 100
    beyond, _ = follow(arrivals, threshold_v=1.3)
    np.testing.assert_array_equal(at_limit, beyond)
    assert beyond.max() < 0.38


def finely(arrivals: Any, **changes: float) -> tuple[Any, Any]:
    """The same in steps of a fiftieth, which the integrator knows to 10⁻⁶ V; membranes at the ends of the steps."""
    constants = membranes(STEP_S / FINE, **{name: [value] for name, value in {**NEURON, **changes}.items()})
    spread = np.zeros((len(arrivals) * FINE, 2), np.float32)
    spread[::FINE] = np.asarray(arrivals) / FINE  # conductances are counted per step
    record, spikes = np.zeros(len(spread), np.float32), np.zeros(len(spread), np.uint8)
    trace(constants, spread, record, spikes)
    return record[FINE - 1 :: FINE], spikes


def test_the_fine_steps_follow_the_equation() -> None:
    arrivals = np.random.default_rng(0).random((80, 2)) ** 4 * 0.3
    record, _ = finely(arrivals, threshold_v=1.3)
    np.testing.assert_allclose(record, solved(arrivals, threshold_v=1.3)[0], atol=1e-6)


def test_the_membrane_near_saturation() -> None:
    """docs/brainscales-1.md states the figure; both inputs go to their limit, with equal and other time constants."""
    limit, worst, span = LIMIT_HZ * STEP_S, 0.0, 0.0
    for tau_inh in (0.15e-6, 0.2e-6, 0.25e-6, 0.3e-6):
        for seed in range(5):
            arrivals = np.random.default_rng(seed).random((300, 2)) ** [1, 16] * [limit, 3 * limit]
            time_constants = {"tau_syn_exc_s": 0.3e-6, "tau_syn_inh_s": tau_inh}
            record, _ = follow(arrivals, threshold_v=1.3, **time_constants)
            exact, _ = finely(arrivals, threshold_v=1.3, **time_constants)
            worst, span = max(worst, float(np.abs(record - exact).max())), max(span, float(np.ptp(exact)))
    assert 7e-3 < worst < 10e-3
    assert 0.4 < span < 0.8


@pytest.mark.parametrize(
    ("weight", "inhibition", "low"),
    [(0.003, 0, 0.0063), (0.03, 0, 0.0077), (0.3, 0, 0.0164), (0.03, 1, 0.0037), (0.3, 1, 0.0323)],
)
def test_rates_in_steps_of_a_tenth_of_a_microsecond_are_low(weight: float, inhibition: float, low: float) -> None:
    """docs/brainscales-1.md states the figures. low: by which share, for irregular input of 5 events per µs."""
    rng, steps = np.random.default_rng(1), 40_000
    arrivals = weight * rng.poisson(5 * STEP_S * 1e6, (steps, 2)) * [1, inhibition]
    given, exact = follow(arrivals)[1].sum(), finely(arrivals)[1].sum()
    assert exact > 400
    assert 1 - given / exact == pytest.approx(low, rel=0.3)


def test_neurons_that_fill_a_vector_never_fire() -> None:
    constants = membranes(STEP_S, **{name: [value] * 3 for name, value in NEURON.items()})
    assert constants.threshold.shape == (16,)
    assert np.isinf(constants.threshold[3:]).all()
