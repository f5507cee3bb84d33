"""Fields that follow others: what they stand for stays, unless they are given."""

from __future__ import annotations

import contextlib
import math
import pickle
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.background import orbit
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.bss2.spec import PRESETS, ChipSpec, chip_spec
from inloop.behavioral.follow import whole_period
from inloop.behavioral.grid import make_grid
from inloop.errors import ConfigError

BSS2, BSS1 = chip_spec("bss2"), bss1_spec("bss1")


def test_the_designs_have_the_published_numbers() -> None:
    assert (BSS2.weight_lsb_per_unit, BSS2.cadc_period_cycles, BSS2.background_ticks_per_cycle) == (30.0, 208, 2)
    assert (BSS1.line_cycles, BSS1.hop_cycles, BSS1.link_event_cycles) == (5, 5, 5)
    assert (BSS1.step_s, BSS1.code_rate_hz, BSS1.lfsr_taps) == (1e-7, 1.06e5, 0b1011_0100_0000_0000)


@pytest.mark.parametrize("bits", range(1, 16))
def test_weights_have_the_same_range_at_any_number_of_bits(bits: int) -> None:
    for spec in (ChipSpec(weight_bits=bits), BSS2.with_fields(weight_bits=bits)):
        assert spec.weight_max == 2**bits - 1
        assert spec.weight_max / spec.weight_lsb_per_unit == pytest.approx(2.1, rel=1e-15)
    assert BSS2.with_fields(weight_bits=bits).with_fields(weight_bits=6) == BSS2


CLOCKS = {2.5e6: 4, 5e6: 8, 12.5e6: 20, 25e6: 40, 50e6: 80, 100e6: 160, 125e6: 208, 250e6: 416, 500e6: 832}


@pytest.mark.parametrize(("clock_hz", "cycles"), CLOCKS.items())
def test_the_cadc_keeps_its_period_on_any_clock(clock_hz: float, cycles: int) -> None:
    for spec in (ChipSpec(clock_hz=clock_hz), BSS2.with_fields(clock_hz=clock_hz)):
        assert spec.cadc_period_cycles == cycles
        assert spec.cadc_period_s == pytest.approx(1.664e-6, rel=0.05)
        assert make_grid(spec, 11.6e-6, 4).sample_steps == 4
    assert BSS2.with_fields(clock_hz=clock_hz).with_fields(clock_hz=125e6) == BSS2


@given(st.floats(20.0, 1e5))
def test_a_period_is_near_and_divides_as_often_as_it_can(wanted: float) -> None:
    cycles = whole_period(wanted, 1.0)
    assert cycles == pytest.approx(wanted, rel=0.05)
    divides = next(part for part in (16, 8, 4, 2, 1) if cycles % part == 0)
    assert all(abs(round(wanted / part) * part - wanted) > 0.05 * wanted for part in (16, 8, 4, 2) if part > divides)


@pytest.mark.parametrize(("wanted", "cycles"), [(0.01, 1), (1.66, 2), (4.49, 4), (16.7, 16), (1.0, 1)])
def test_a_short_period_is_the_nearest_number_of_cycles(wanted: float, cycles: int) -> None:
    assert whole_period(1e-6, 1e6 * wanted) == cycles


@pytest.mark.parametrize(("clock_hz", "ticks"), [(125e6, 2), (25e6, 10), (2.5e6, 100), (250e6, 1), (500e6, 1)])
def test_background_generators_keep_their_clock(clock_hz: float, ticks: int) -> None:
    assert ChipSpec(clock_hz=clock_hz).background_ticks_per_cycle == ticks


EXPLICIT = [
    (BSS2, {"weight_bits": 4, "weight_lsb_per_unit": 30.0}),
    (BSS2, {"clock_hz": 25e6, "cadc_period_cycles": 208, "background_ticks_per_cycle": 2}),
    (BSS1, {"weight_bits": 3, "code_rate_hz": 1.06e5, "weight_lsb_per_unit": 2.5}),
    (BSS1, {"gmax_div_max": 60, "code_rate_hz": 1.06e5}),
    (BSS1, {"clock_hz": 100e6, "line_cycles": 5, "hop_cycles": 5, "link_event_cycles": 5, "step_s": 1e-7}),
    (BSS1, {"period_bits": 12, "lfsr_taps": 0x829}),
]


@pytest.mark.parametrize(("spec", "changes"), EXPLICIT, ids=str)
def test_what_is_given_wins(spec: Any, changes: dict[str, float]) -> None:
    assert spec.with_fields(**changes) == type(spec)(**changes)
    for name, value in changes.items():
        assert getattr(spec.with_fields(**changes), name) == value
    assert spec.followed(**changes) == {}


def test_a_design_with_a_period_of_its_own_keeps_that_one() -> None:
    slower = BSS2.with_fields(cadc_period_cycles=250, weight_lsb_per_unit=20.0)
    changed = slower.with_fields(clock_hz=62.5e6, weight_bits=4)
    assert changed.cadc_period_s == pytest.approx(2e-6, rel=0.05)
    assert changed.weight_max / changed.weight_lsb_per_unit == pytest.approx(63 / 20)
    assert BSS2.with_fields(cadc_period_cycles=250, clock_hz=125e6).cadc_period_cycles == 250


def test_other_changes_move_nothing() -> None:
    odd = BSS2.with_fields(cadc_period_cycles=212, weight_lsb_per_unit=31.0)
    again = odd.with_fields(rows=128, weight_bits=6, clock_hz=125e6)
    assert again == replace(odd, rows=128)
    assert odd.followed(rows=128, weight_bits=6) == {}


@pytest.mark.parametrize("clock_hz", [50e6, 100e6, 125e6, 200e6, 400e6])
def test_the_ancestor_keeps_its_times(clock_hz: float) -> None:
    for spec in (Bss1Spec(clock_hz=clock_hz), BSS1.with_fields(clock_hz=clock_hz)):
        cycle_s = 1 / clock_hz
        for cycles, time_s in ((spec.line_cycles, 25e-9), (spec.hop_cycles, 25e-9), (spec.link_event_cycles, 24e-9)):
            assert cycles * cycle_s == pytest.approx(time_s, abs=cycle_s)
        assert spec.step_s == pytest.approx(0.1e-6, rel=0.05)
        assert spec.step_s * clock_hz == pytest.approx(round(spec.step_s * clock_hz))
        assert spec.line_cycles >= 2


@pytest.mark.parametrize("bits", range(1, 16))
def test_synapses_of_the_ancestor_keep_their_range(bits: int) -> None:
    spec = BSS1.with_fields(weight_bits=bits)
    assert spec.code_rate_hz * spec.weight_max == pytest.approx(1.06e5 * 15, rel=1e-12)
    halved = BSS1.with_fields(gmax_div_max=60)  # code_rate_hz is that of the weakest row, which is weaker now
    assert halved.code_rate_hz == pytest.approx(1.06e5 / 2)


@pytest.mark.parametrize("bits", range(3, 17))
def test_a_shift_register_of_any_width_has_the_longest_orbit(bits: int) -> None:
    states = orbit(BSS1.with_fields(period_bits=bits), 1)
    assert len(states) == len(set(states.tolist())) == 2**bits - 1


def test_what_follows_is_said() -> None:
    said = BSS2.followed(weight_bits=4, clock_hz=25e6)
    assert said == {
        "weight_lsb_per_unit": "weight_bits = 4: weight_lsb_per_unit follows, 30 → 7.143 (range of weights stays ±2.1)",
        "background_ticks_per_cycle": "clock_hz = 2.5e+07: background_ticks_per_cycle follows, 2 → 10 "
        "(clock of the background generators stays 250 MHz)",
        "cadc_period_cycles": "clock_hz = 2.5e+07: cadc_period_cycles follows, 208 → 40 "
        "(period of the CADC becomes 1.6 µs, as near as it comes to 1.664 µs)",
    }
    assert BSS2.followed(rows=64) == {}
    assert "weight_bits = 3 and gmax_div_max = 60" in BSS1.followed(weight_bits=3, gmax_div_max=60)["code_rate_hz"]


@pytest.mark.parametrize("spec", [BSS2, BSS1, *PRESETS.values(), BSS2.with_fields(weight_bits=3, clock_hz=2.5e6)])
def test_a_design_stays_a_list_of_numbers(spec: Any) -> None:
    for field in fields(spec):
        assert isinstance(getattr(spec, field.name), str if field.name == "name" else (int, float))
    assert pickle.loads(pickle.dumps(spec)) == spec == type(spec)(**spec.to_dict()) == replace(spec)
    assert hash(pickle.loads(pickle.dumps(spec))) == hash(spec)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "fast", True, None])
@pytest.mark.parametrize("leader", ["clock_hz", "weight_bits"])
def test_a_leader_that_cannot_be_is_refused_by_its_own_name(leader: str, value: Any) -> None:
    for spec in (BSS2, BSS1):
        for attempt in (
            lambda spec=spec: spec.with_fields(**{leader: value}),
            lambda spec=spec: type(spec)(**{leader: value}),
        ):
            with pytest.raises(ConfigError, match=rf"\.{leader} = "):
                attempt()


@pytest.mark.parametrize("bits", [16, 10**6])
def test_too_many_weight_bits_are_refused(bits: int) -> None:
    for spec in (BSS2, BSS1):
        with pytest.raises(ConfigError, match=rf"weight_bits = {bits} must"):
            spec.with_fields(weight_bits=bits)


def test_a_follower_must_be_whole_where_cycles_are() -> None:
    with pytest.raises(ConfigError, match=r"cadc_period_cycles = 41\.6 must be a whole number"):
        BSS2.with_fields(clock_hz=25e6, cadc_period_cycles=41.6)


@pytest.mark.parametrize("value", [5e-324, 1e-320, 1e-305, 1e305, 1.7e308])
@pytest.mark.parametrize(
    ("spec", "field"), [(spec, field.name) for spec in (BSS1, BSS2) for field in fields(spec) if field.name != "name"]
)
def test_a_number_at_the_end_of_its_range_is_refused_or_gives_finite_ones(spec: Any, field: str, value: float) -> None:
    for kind in (lambda **changes: type(spec)(**changes), spec.with_fields, spec.followed):
        with contextlib.suppress(ConfigError):
            kind(**{field: value})
    with contextlib.suppress(ConfigError):
        changed = spec.with_fields(**{field: value})
        assert all(math.isfinite(number) for number in changed.to_dict().values() if not isinstance(number, str))


def test_what_has_no_finite_value_is_named_with_what_it_follows() -> None:
    with pytest.raises(ConfigError, match=r"background_ticks_per_cycle has no finite value at clock_hz = 1e-320"):
        ChipSpec(clock_hz=1e-320)
