"""The analog core against a differential equation solver, on the circuits of a die with large mismatch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.analog.neuron import compare, integrate, saturate
from inloop.behavioral.bss2.die import UNCALIBRATED, Die, Spread, make_die
from inloop.behavioral.bss2.layer import LayerConstants, layer_constants
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.numerics.noise import TemporalNoise
from scipy.integrate import solve_ivp

NEURONS, LINES = 6, 4
SPEC = chip_spec("tiny")
SILENT = TemporalNoise(0, 0, 0)


def constants(die: Die, step_s: float, noise: TemporalNoise = SILENT) -> LayerConstants:
    columns, hemisphere = np.arange(NEURONS), np.zeros(1, np.int64)
    return layer_constants(
        SPEC,
        die,
        step_s,
        columns[:, None] + np.array([0, SPEC.columns]),
        hemisphere,
        spiking=True,
        noise=noise,
        quantized=False,
        dtype=np.dtype(np.float64),
    )


def state(layer: LayerConstants) -> tuple[np.ndarray, np.ndarray]:
    return np.zeros(layer.neuron.decay_mem.shape), np.zeros(layer.neuron.drive.shape)


def slopes(die: Die, neuron: int) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Return C and g of a membrane over the nominal g, and τ_l and g_l in LSB of its lines, straight from the die."""
    capacitance = SPEC.tau_mem_s * die.capacitance[0, neuron]
    pairs = [(h, kind) for h in (0, 1) for kind in ("exc", "inh")]
    tau = np.array([SPEC.tau_syn_s * getattr(die, f"tau_syn_{kind}")[h, neuron] for h, kind in pairs])
    gain = np.array([getattr(die, f"gain_{kind}")[h, neuron] for h, kind in pairs])
    sign = np.array([1.0, -1.0, 1.0, -1.0])
    return capacitance, die.leak_conductance[0, neuron], tau, sign * gain * SPEC.swing_lsb


@pytest.mark.parametrize("seed", [0, 1])
def test_many_steps_with_events_between_agree_with_a_solver(seed: int) -> None:
    die = make_die(SPEC, seed, replace(UNCALIBRATED, capacitance=Spread(0.1)))
    layer = constants(die, 0.416e-6)
    rng = np.random.default_rng(seed)
    charge = rng.random((40, LINES, NEURONS)) * (rng.random((40, LINES, NEURONS)) < 0.2)
    u, lines = state(layer)
    trace = np.empty((len(charge), NEURONS))
    for t, arriving in enumerate(charge):
        lines[:, :NEURONS] += arriving
        integrate(u, lines, layer.neuron, u)
        trace[t] = u[:NEURONS]
    for n in range(NEURONS):
        capacitance, leak, tau, gain = slopes(die, n)

        def field(
            _: float, y: np.ndarray, c: Any = capacitance, leak: Any = leak, tau: Any = tau, gain: Any = gain
        ) -> Any:
            return np.concatenate([[(gain @ y[1:] - leak * y[0]) / c], -y[1:] / tau])

        y = np.zeros(1 + LINES)
        for t, arriving in enumerate(charge):
            y[1:] += arriving[:, n]
            y = solve_ivp(field, (0, 0.416e-6), y, method="DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
            assert trace[t, n] == pytest.approx(y[0], rel=1e-8, abs=1e-8), (t, n)
    assert trace.min() < -5
    assert trace.max() > 5


@pytest.mark.parametrize("calibration", ["perfect", "uncalibrated"])
def test_52_fabric_cycles_make_one_grid_step(calibration: str) -> None:
    die = make_die(SPEC, 3, calibration)
    fine, coarse = constants(die, 8e-9), constants(die, 416e-9)
    u, lines = state(fine)
    u[:NEURONS] = np.linspace(-40, 60, NEURONS)
    lines[:, :NEURONS] = np.random.default_rng(0).random((LINES, NEURONS)) * 10
    u_coarse, lines_coarse = u.copy(), lines.copy()
    for _ in range(52):
        integrate(u, lines, fine.neuron, u)
    integrate(u_coarse, lines_coarse, coarse.neuron, u_coarse)
    np.testing.assert_allclose(u, u_coarse, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(lines, lines_coarse, rtol=1e-10)


def test_the_noise_of_a_step_does_not_depend_on_its_length() -> None:
    """Independent kicks, each decayed until the end, must add up to the variance of the long step."""
    die, noise = make_die(SPEC, 3, "uncalibrated"), TemporalNoise(2.0, 0, 0)
    fine, coarse = constants(die, 8e-9, noise).neuron, constants(die, 416e-9, noise).neuron
    variance = sum((fine.noise * fine.decay_mem**k) ** 2 for k in range(52))
    np.testing.assert_allclose(variance, coarse.noise**2, rtol=1e-10)
    assert (coarse.noise[:NEURONS] > 0).all()


def test_a_constant_current_drives_the_membrane_to_it() -> None:
    """The convention behind all weights: a current of 1 in software units moves the membrane from leak to threshold."""
    slow = SPEC.with_fields(tau_syn_s=10.0)
    layer = layer_constants(
        slow, make_die(slow, 0, "perfect"), 1e-6, np.array([[0, 16], [1, 17]]), np.zeros(1, np.int64), spiking=True,
        noise=SILENT, quantized=False, dtype=np.dtype(np.float64),
    )  # fmt: skip
    u, lines = state(layer)
    lines[0, 0] = lines[1, 1] = 1
    for _ in range(200):
        integrate(u, lines, layer.neuron, u)
    assert u[:2] == pytest.approx([SPEC.swing_lsb, -SPEC.swing_lsb], rel=1e-4)


def test_offset_currents_of_the_inputs_move_the_rest() -> None:
    """A line that holds its offset current for ever leads a membrane from its leak to where the layer says it rests."""
    die = make_die(SPEC, 5, "uncalibrated")
    slow = SPEC.with_fields(tau_syn_s=100.0)
    layer = layer_constants(
        slow, die, 1e-6, np.arange(NEURONS)[:, None] + np.array([0, SPEC.columns]), np.zeros(1, np.int64),
        spiking=True, noise=SILENT, quantized=False, dtype=np.dtype(np.float64),
    )  # fmt: skip
    rest = layer.cadc.offset[:NEURONS] - die.cadc_offset_lsb[0, :NEURONS]
    rest = rest / die.cadc_gain[0, :NEURONS] - SPEC.leak_lsb - die.leak_lsb[0, :NEURONS]
    u, lines = state(layer)
    for line, offset in enumerate((die.offset_exc[0], die.offset_inh[0], die.offset_exc[1], die.offset_inh[1])):
        lines[line, :NEURONS] = offset[:NEURONS]
    for _ in range(400):
        integrate(u, lines, layer.neuron, u)
    np.testing.assert_allclose(u[:NEURONS], rest, rtol=1e-4)
    assert np.abs(rest).max() > 5


def test_lines_saturate_from_above_before_the_step() -> None:
    neuron = constants(make_die(SPEC, 3, "uncalibrated"), 1e-7).neuron
    full, over = (
        state(constants(make_die(SPEC, 3, "uncalibrated"), 1e-7)),
        state(constants(make_die(SPEC, 3, "uncalibrated"), 1e-7)),
    )
    full[1][:, :NEURONS] = [[11.9], [12.0], [0.0], [12.0]]
    over[1][:, :NEURONS] = [[11.9], [12.1], [0.0], [500.0]]
    for u, lines in (full, over):
        saturate(lines, neuron)
        integrate(u, lines, neuron, u)
    np.testing.assert_array_equal(full[0], over[0])
    np.testing.assert_array_equal(full[1], over[1])


def compared(u: np.ndarray, layer: LayerConstants, clamped: int = 0, refractory: int = 0) -> tuple[Any, Any, int]:
    """Return membranes after and before the reset of the neurons that fire, and the bits of these."""
    after, measured, fired = u.copy(), np.empty_like(u), np.zeros(1, np.uint64)
    bits = [np.array([b], np.uint64) for b in (clamped, refractory)]
    compare(after, layer.neuron.threshold, *bits, layer.neuron, measured, fired)
    return after, measured, int(fired[0])


def test_the_rails_cut_both_ways_per_neuron() -> None:
    layer = constants(make_die(SPEC, 3, "uncalibrated"), 1e-7)
    neuron = layer.neuron
    high, low = np.full_like(neuron.floor, 1e6), np.full_like(neuron.floor, -1e6)
    np.testing.assert_array_equal(compared(high, layer)[1][:NEURONS], neuron.ceiling[:NEURONS])
    np.testing.assert_array_equal(compared(low, layer)[1][:NEURONS], neuron.floor[:NEURONS])
    inside = np.where(np.arange(64) < NEURONS, neuron.floor + 1, 0)
    after, measured, fired = compared(inside, layer)
    np.testing.assert_array_equal(measured, inside)
    np.testing.assert_array_equal(after, inside)
    assert fired == 0
    assert len(set(neuron.floor[:NEURONS])) == NEURONS  # measured from where each neuron rests


def test_a_neuron_fires_above_its_threshold_and_is_reset() -> None:
    layer = constants(make_die(SPEC, 3, "uncalibrated"), 1e-7)
    neuron = layer.neuron
    u = neuron.threshold.copy()
    u[NEURONS:] = 0
    assert compared(u, layer)[2] == 0  # at threshold a neuron is silent
    u[[0, 4]] += 1e-9
    after, measured, fired = compared(u, layer)
    assert fired == 0b10001
    np.testing.assert_array_equal(measured, u)
    np.testing.assert_array_equal(np.flatnonzero(after != u), [0, 4])
    np.testing.assert_array_equal(after[[0, 4]], neuron.reset[[0, 4]])


def test_clamped_neurons_are_at_reset_and_refractory_ones_do_not_fire() -> None:
    layer = constants(make_die(SPEC, 3, "uncalibrated"), 1e-7)
    u = np.where(np.arange(64) < NEURONS, layer.neuron.threshold + 1, 0)
    after, measured, fired = compared(u, layer, clamped=0b000110, refractory=0b001010)
    assert fired == 0b110001
    np.testing.assert_array_equal(measured[[1, 2]], layer.neuron.reset[[1, 2]])
    assert (after[3], measured[3]) == (u[3], u[3])  # refractory, but no longer clamped: it goes where it is driven
