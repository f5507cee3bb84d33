from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.die import SPREADS, UNCALIBRATED, Die, Spread, Spreads, make_die
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.numerics.streams import generator
from inloop.errors import ConfigError

SPEC = chip_spec("bss2")
WIDE = ChipSpec(name="wide", columns=4096)  # 32 quadrants per hemisphere
NAMES = [f.name for f in fields(Spreads)]
SPREAD = [name for name in NAMES if getattr(UNCALIBRATED, name) != Spread()]
ADDED = [name for name in NAMES if name.endswith("_lsb") or name.startswith("offset_")]
"""Quantities that are added to a nominal value; the others are factors on it."""
REMOVED = ("offset_exc", "offset_inh")  # by calibration, down to the rest of the leak


@pytest.fixture(scope="module")
def wide_dies() -> list[Die]:
    return [make_die(WIDE, seed) for seed in range(16)]


def quadrants(dies: list[Die], name: str) -> np.ndarray:
    """Return the deviations as (quadrants, columns of a quadrant)."""
    stacked = np.stack([getattr(die, name) for die in dies])
    return stacked.reshape(-1, WIDE.quadrant_columns)


def circuit_part(dies: list[Die], name: str) -> np.ndarray:
    values = quadrants(dies, name)
    return np.asarray(values - values.mean(axis=1, keepdims=True))


@pytest.mark.parametrize("calibration", sorted(SPREADS))
def test_a_seed_gives_the_same_die_whatever_else_is_drawn(calibration: str) -> None:
    first = make_die(SPEC, 7, calibration)
    np.random.default_rng(7).random(10)
    generator(7, "data").random(10)
    second = make_die(SPEC, 7, calibration)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("name", SPREAD)
def test_another_seed_gives_another_die(name: str) -> None:
    one, two = getattr(make_die(SPEC, 0), name), getattr(make_die(SPEC, 1), name)
    assert (one != two).mean() > 0.99
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.8  # few quadrants: only a copy would give 1


def test_shapes() -> None:
    die = make_die(SPEC, 0)
    for name in NAMES:
        assert getattr(die, name).shape == ((2, 128) if name == "driver_gain" else (2, 256))


def test_columns_that_do_not_fill_the_last_quadrant() -> None:
    die = make_die(SPEC.with_fields(columns=200), 0)
    assert die.tau_mem.shape == (2, 200)


def test_a_perfect_die_has_no_deviation() -> None:
    die = make_die(SPEC, 5, "perfect")
    for name in NAMES:
        assert (getattr(die, name) == (0 if name in ADDED else 1)).all(), name


def test_calibration_takes_the_offset_currents_away() -> None:
    die = make_die(SPEC, 5, "calibrated")
    assert not any(getattr(die, name).any() for name in REMOVED)


@pytest.mark.parametrize("name", sorted({*SPREAD} - {*REMOVED}))
def test_calibration_narrows_every_quantity(name: str) -> None:
    calibrated, uncalibrated = getattr(make_die(SPEC, 5, "calibrated"), name), getattr(make_die(SPEC, 5), name)
    assert 0.1 * uncalibrated.std() < calibrated.std() < 0.8 * uncalibrated.std()
    assert abs(np.median(calibrated - (0 if name in ADDED else 1))) < uncalibrated.std()


@pytest.mark.parametrize("name", [n for n in SPREAD if n != "driver_gain"])
def test_the_spreads_are_as_stated(name: str, wide_dies: list[Die]) -> None:
    stated: Spread = getattr(SPREADS["uncalibrated"], name)
    within = circuit_part(wide_dies, name).std() * np.sqrt(128 / 127)
    assert within == pytest.approx(stated.circuit, rel=0.03)
    of_means = np.sqrt(max(quadrants(wide_dies, name).mean(axis=1).var() - stated.circuit**2 / 128, 0))
    if stated.quadrant:
        assert of_means == pytest.approx(stated.quadrant, rel=0.1)
    else:
        assert of_means < 0.03 * stated.circuit


def test_the_driver_spread_is_as_stated() -> None:
    gains = make_die(SPEC.with_fields(rows=20000), 0).driver_gain
    assert gains.mean() == pytest.approx(1, abs=0.005)
    assert gains.std() == pytest.approx(SPREADS["uncalibrated"].driver_gain.circuit, rel=0.03)


@pytest.mark.parametrize(
    ("one", "two", "expected"),
    [
        ("tau_syn_exc", "tau_syn_inh", 0.13),
        ("gain_exc", "gain_inh", 0.30),
        ("leak_lsb", "reset_lsb", 0.68),
        ("leak_lsb", "threshold_lsb", 0.44),
        ("reset_lsb", "threshold_lsb", 0.30),
        ("leak_conductance", "tau_syn_exc", 0.0),
        ("leak_lsb", "cadc_offset_lsb", 0.0),
        ("gain_exc", "cadc_gain", 0.0),
    ],
)
def test_the_circuits_correlate_as_stated(one: str, two: str, expected: float, wide_dies: list[Die]) -> None:
    pair = [circuit_part(wide_dies, name).ravel() for name in (one, two)]
    assert np.corrcoef(pair)[0, 1] == pytest.approx(expected, abs=0.02)


@pytest.mark.parametrize(("one", "two", "expected"), [("gain_exc", "gain_inh", 0.76), ("leak_lsb", "reset_lsb", 0.68)])
def test_the_whole_deviations_correlate_as_stated(one: str, two: str, expected: float, wide_dies: list[Die]) -> None:
    pair = [quadrants(wide_dies, name).ravel() for name in (one, two)]
    assert np.corrcoef(pair)[0, 1] == pytest.approx(expected, abs=0.04)


@pytest.mark.parametrize("name", NAMES)
def test_a_spread_by_hand_moves_its_own_quantity_only(name: str) -> None:
    die = make_die(SPEC, 3, Spreads(**{name: Spread(0.02)}))
    assert die.calibration == "custom"
    assert getattr(die, name).std() == pytest.approx(0.02, rel=0.2)
    for other in set(NAMES) - {name}:
        assert getattr(die, other).std() == 0


def test_a_spread_can_be_that_of_the_quadrant_alone() -> None:
    die = make_die(SPEC, 3, Spreads(leak_conductance=Spread(0, 0.1)))
    assert [len(set(block)) for block in die.tau_mem.reshape(4, 128)] == [1] * 4
    assert len(set(die.tau_mem.ravel())) == 4


def test_factors_stay_positive() -> None:
    die = make_die(SPEC, 0, Spreads(**dict.fromkeys(NAMES, Spread(5.0))))
    for name in NAMES:
        smallest = getattr(die, name).min()
        assert (smallest < -1) if name in ADDED else (smallest == 0.1)


def test_deviations_can_be_imposed() -> None:
    die = make_die(SPEC, 0)
    other = die.with_deviations(tau_mem=np.full((2, 256), 2.0))
    assert (other.tau_mem == 2).all()
    np.testing.assert_array_equal(other.gain_exc, die.gain_exc)
    assert not (die.tau_mem == 2).any()


@pytest.mark.parametrize("seed", [True, 1.5, "7", -1, None, 2**63])
def test_an_impossible_seed_is_refused(seed: Any) -> None:
    with pytest.raises(ConfigError, match=r"die = .* must be a whole number from 0"):
        make_die(SPEC, seed)


def test_an_unknown_calibration_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown calibration 'good'; known: perfect, calibrated, uncalibrated"):
        make_die(SPEC, 0, "good")


@pytest.mark.parametrize("value", [Spread(-0.1), Spread(0, -1), Spread(float("nan")), Spread(float("inf")), 0.1])
def test_an_impossible_spread_is_refused(value: Any) -> None:
    with pytest.raises(ConfigError, match=r"Spreads\.leak_conductance"):
        Spreads(leak_conductance=value)
