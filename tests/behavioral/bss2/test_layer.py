"""What the die's deviations make of the nominal neuron, and what a spike puts on the lines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from inloop.behavioral.bss2.die import Die, make_die
from inloop.behavioral.bss2.layer import LayerConstants, layer_constants, synapse_rows
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.numerics.noise import TemporalNoise

SPEC = chip_spec("tiny")
PERFECT = make_die(SPEC, 0, "perfect")
STEP = 1e-7
F64 = np.dtype(np.float64)


def both(columns: np.ndarray) -> np.ndarray:
    """The circuits of columns in both hemispheres."""
    return columns[:, None] + np.array([0, SPEC.columns])


def layer(die: Die, columns: list[int], spiking: bool = True, quantized: bool = True) -> LayerConstants:
    noise = TemporalNoise(1.0, 0.5, 0.25)
    return layer_constants(
        SPEC, die, STEP, both(np.array(columns)), np.array([0, 1, 0]), spiking=spiking, noise=noise,
        quantized=quantized, dtype=F64,
    )  # fmt: skip


def changed(**where: tuple[int, int, float]) -> Die:
    """A perfect die with single deviations replaced: quantity=(hemisphere, column, value)."""
    arrays = {name: getattr(PERFECT, name).copy() for name in where}
    for name, (hemisphere, column, value) in where.items():
        arrays[name][hemisphere, column] = value
    return PERFECT.with_deviations(**arrays)


def test_a_perfect_die_gives_the_operating_point() -> None:
    neuron = layer(PERFECT, [2, 5]).neuron
    assert neuron.threshold[:2].tolist() == [70, 70]
    assert neuron.reset[:2].tolist() == [0, 0]
    assert (neuron.floor[0], neuron.ceiling[0]) == (25 - 80, 228 - 80)
    assert np.abs(np.diff(np.abs(neuron.drive[:, :2]), axis=0)).max() == 0
    assert np.sign(neuron.drive[:, 0]).tolist() == [1, -1, 1, -1]


def test_padding_neurons_are_inert() -> None:
    neuron = layer(make_die(SPEC, 1), [2, 5]).neuron
    assert neuron.decay_mem.shape == (64,)
    assert (neuron.threshold[2:] == np.inf).all()
    assert not neuron.drive[:, 2:].any()
    assert not neuron.noise[2:].any()


def test_deviations_reach_the_neuron_on_their_column() -> None:
    die = changed(leak_lsb=(0, 5, 4.0), threshold_lsb=(0, 5, 1.0), reset_lsb=(0, 5, -2.0), tau_mem=(0, 5, 2.0))
    neuron = layer(die, [2, 5]).neuron
    assert neuron.threshold[:2].tolist() == [70, 70 + 1 - 4]
    assert neuron.reset[:2].tolist() == [0, -2 - 4]
    assert neuron.floor[:2].tolist() == [-55, -59]
    assert neuron.decay_mem[1] == pytest.approx(neuron.decay_mem[0] ** 0.5)
    assert neuron.start[:2].tolist() == neuron.reset[:2].tolist()


@pytest.mark.parametrize(("quantity", "line"), [("gain_exc", 2), ("gain_inh", 3)])
def test_each_hemisphere_has_its_own_gain(quantity: str, line: int) -> None:
    before, after = layer(PERFECT, [2, 5]).neuron.drive, layer(changed(**{quantity: (1, 5, 1.5)}), [2, 5]).neuron.drive
    expected = before.copy()
    expected[line, 1] *= 1.5
    np.testing.assert_allclose(after, expected, rtol=1e-15)


@pytest.mark.parametrize(("quantity", "line"), [("tau_syn_exc", 0), ("tau_syn_inh", 1)])
def test_each_line_has_its_own_time_constant(quantity: str, line: int) -> None:
    neuron = layer(changed(**{quantity: (0, 2, 3.0)}), [2, 5]).neuron
    nominal = np.exp(-STEP / SPEC.tau_syn_s)
    expected = np.full((4, 2), nominal)
    expected[line, 0] = nominal ** (1 / 3)
    np.testing.assert_allclose(neuron.decay_line[:, :2], expected, rtol=1e-14)


def test_the_readout_never_fires_and_has_its_own_gain() -> None:
    hidden, readout = layer(PERFECT, [2, 5]).neuron, layer(PERFECT, [2, 5], spiking=False).neuron
    assert (readout.threshold == np.inf).all()
    np.testing.assert_allclose(readout.drive, hidden.drive * SPEC.readout_gain)


def test_the_cadc_includes_leak_gain_and_offset() -> None:
    die = changed(leak_lsb=(0, 5, 4.0), cadc_gain=(0, 5, 1.1), cadc_offset_lsb=(0, 5, -3.0))
    cadc = layer(die, [2, 5]).cadc
    np.testing.assert_allclose(cadc.offset[:2], [80, 1.1 * 84 - 3])
    assert cadc.gain[:2].tolist() == [1.0, 1.1]
    assert (cadc.code_max, layer(die, [2], quantized=False).cadc.code_max) == (255, 0)


def test_noise_amplitudes() -> None:
    constants = layer(PERFECT, [2, 5])
    assert constants.neuron.noise[0] == pytest.approx(np.sqrt(1 - np.exp(-2 * STEP / SPEC.tau_mem_s)))
    assert (constants.cadc.noise[0], constants.trial_noise[0]) == (0.5, 0.25)
    assert constants.pair.tolist() == [0, 1, 0]


def test_a_spike_puts_its_code_on_the_line_of_its_sign() -> None:
    codes = np.array([[30, -15], [0, 63], [-63, 6]], np.int16)
    die = replace(PERFECT, driver_gain=PERFECT.driver_gain.copy())
    die.driver_gain[1, 3] = 0.5
    rows = synapse_rows(codes, 30.0, die, np.array([0, 1, 1]), np.array([3, 3, 4]), ((0, 2),), F64)
    assert rows.shape == (3, 128)
    np.testing.assert_allclose(rows[:, :2], [[1, 0], [0, 1.05], [0, 0.2]])
    np.testing.assert_allclose(rows[:, 64:66], [[0, 0.5], [0, 0], [2.1, 0]])
    assert not rows[:, 2:64].any()
    assert not rows[:, 66:].any()
