"""Designs that cannot be built are refused with the field, the rule and the remedy."""

from __future__ import annotations

from typing import Any

import pytest
from inloop.behavioral.bss2.spec import PRESETS, chip_spec
from inloop.errors import ConfigError
from inloop.rtl.bss2.buildable import check_buildable
from inloop.rtl.bss2.register_map import register_map
from inloop.rtl.convert.verilog import module_name


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_can_be_built(preset: str) -> None:
    assert check_buildable(chip_spec(preset)) is chip_spec(preset)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("rows", 0, "must be positive"),
        ("rows", 24, "power of two"),
        ("rows", 1024, "2 to 32 drivers"),
        ("rows", 8, "2 to 32 drivers"),
        ("columns", 12, "power of two"),
        ("columns", 8, "2 at least for each of the 8 event outputs"),
        ("event_outputs", 6, "power of two"),
        ("event_outputs", 2, "no less than padi_buses"),
        ("link_in_depth", 10, "power of two"),
        ("link_out_depth", 1, "power of two, 2 at least"),
        ("label_bits", 7, "8 bits that background generators draw"),
        ("label_bits", 10, "row select and synapse label"),
        ("label_bits", 11, "neuron address and event output"),
        ("label_bits", 15, "for the link"),
        ("link_channels", 5, "for the link"),
        ("time_bits", 48, "33 to 47"),
        ("time_bits", 32, "33 to 47"),
        ("synapse_label_bits", 1, "2 at least"),
        ("amplitude_bits", 16, "less than stp_state_bits"),
        ("slow_cycles", 1, "2 to 16"),
        ("background_lfsr_mask", 3, "32 bits"),
    ],
)
def test_refusals(field: str, value: Any, rule: str) -> None:
    with pytest.raises(ConfigError, match=rule) as error:
        register_map(chip_spec("tiny").with_fields(**{field: value}))
    assert str(error.value).startswith("ChipSpec.")
    assert "\n" not in str(error.value)


def test_chip_names_become_module_names() -> None:
    assert module_name(chip_spec("tiny"), "padi") == "inloop_tiny_padi"
    with pytest.raises(ConfigError, match=r"ChipSpec.name = 'my chip'"):
        module_name(chip_spec("tiny").with_fields(name="my chip"))
