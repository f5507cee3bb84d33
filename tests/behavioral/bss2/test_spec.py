from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from typing import Any

import pytest
from inloop.behavioral.bss2.spec import PRESETS, ChipSpec, chip_spec
from inloop.errors import ConfigError

SHIFTS = ("cadc_shift_s", "cadc_jitter_s")
NUMBERS = [f.name for f in fields(ChipSpec) if f.name != "name"]


def test_the_geometry_of_the_chip() -> None:
    spec = chip_spec("bss2")
    assert spec.columns * spec.hemispheres == 512
    assert (spec.weight_max, spec.cadc_max, spec.drivers) == (63, 255, 128)
    assert 1.6e-6 < spec.cadc_period_s < 1.75e-6
    assert spec.with_fields(cadc_period_cycles=250).cadc_period_s == pytest.approx(2e-6)
    assert spec.swing_lsb == 70


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_survives_the_way_through_plain_values(preset: str) -> None:
    spec = chip_spec(preset)
    assert spec.name == preset
    assert ChipSpec(**spec.to_dict()) == spec


def test_changed_fields_make_a_new_design() -> None:
    spec = chip_spec("bss2")
    changed = spec.with_fields(weight_bits=4, refractory_s=0)
    assert (changed.weight_max, changed.refractory_s) == (15, 0)
    assert spec.weight_max == 63


def test_a_design_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        chip_spec("bss2").columns = 3  # type: ignore[misc]


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="unknown chip preset 'bss9'; known: bss2, tiny"):
        chip_spec("bss9")


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown chip field 'collumns'; known: name, columns"):
        chip_spec("bss2").with_fields(collumns=3)


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf")])
@pytest.mark.parametrize("name", [n for n in NUMBERS if n != "cadc_shift_s"])
def test_an_impossible_number_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ConfigError, match=rf"ChipSpec\.{name} = {value!r} must be positive and finite"):
        chip_spec("bss2").with_fields(**{name: value})


@pytest.mark.parametrize("name", sorted({*NUMBERS} - {"refractory_s", "start_at_reset", *SHIFTS}))
def test_only_a_time_that_may_be_left_out_and_a_switch_may_be_zero(name: str) -> None:
    with pytest.raises(ConfigError, match=name):
        chip_spec("bss2").with_fields(**{name: 0})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hemispheres": 3}, "hemispheres = 3 must be 1 or 2"),
        ({"rows": 255}, "rows = 255 must be even"),
        ({"leak_lsb": 20.0}, "membrane_floor_lsb < leak_lsb"),
        ({"leak_lsb": 150.0}, "leak_lsb < threshold_lsb"),
        ({"threshold_lsb": 229.0}, "threshold_lsb ≤ membrane_ceiling_lsb"),
    ],
)
def test_values_that_contradict_each_other_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        chip_spec("bss2").with_fields(**changes)
