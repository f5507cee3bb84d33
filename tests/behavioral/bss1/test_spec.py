from __future__ import annotations

from typing import Any

import pytest
from inloop.behavioral.bss1.spec import PRESETS, Bss1Spec, bss1_spec
from inloop.errors import ConfigError


def test_the_geometry_of_the_published_chip() -> None:
    spec = bss1_spec("bss1")
    assert (spec.circuits, spec.synapses, spec.weight_max) == (512, 114_688, 15)
    assert spec.chips_per_wafer * spec.circuits == 196_608
    assert (spec.floating_gate_max, spec.line_addresses, spec.neurons) == (1023, 64, 64)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_survives_the_way_through_plain_values(preset: str) -> None:
    spec = bss1_spec(preset)
    assert spec.name == preset
    assert Bss1Spec(**spec.to_dict()) == spec


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"columns": 0}, "Bss1Spec.columns = 0 must be positive"),
        ({"columns": 2.5}, "must be a whole number"),
        ({"sides": 1}, "sides = 1 must be 2"),
        ({"circuits_per_neuron": 7}, "circuits_per_neuron = 7 must be even"),
        ({"circuits_per_neuron": 66}, "64 at most"),
        ({"columns": 260}, "must hold whole neurons"),
        ({"reset_v": 1.0}, "must lie below threshold_v"),
        ({"reversal_exc_v": 0.9}, "reversal_inh_v < reset_v"),
        ({"denmems": 5}, "unknown chip field 'denmems'"),
    ],
)
def test_sizes_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        bss1_spec("bss1").with_fields(**changes)


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(ConfigError, match="known: bss1, bss1-tiny"):
        bss1_spec("bss3")


def test_the_digital_path_of_the_published_chip() -> None:
    spec = bss1_spec("bss1")
    assert (spec.block_circuits, spec.address_bits, spec.lines, spec.line_bits) == (64, 6, 64, 6)


@pytest.mark.parametrize(
    "changes",
    [
        {"blocks": 4}, {"driver_decoder_bits": 1}, {"stamp_bits": 24}, {"compare_bits": 15}, {"compare_bits": 5},
        {"release_blocks": 40}, {"link_inputs": 15}, {"link_inputs": 513},
        {"period_bits": 20}, {"lfsr_taps": 1}, {"slow_cycles": 1}, {"line_cycles": 0},
    ],
)  # fmt: skip
def test_digital_sizes_that_cannot_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="Bss1Spec"):
        bss1_spec("bss1").with_fields(**changes)
