"""Which chip designs the hardware can be built for, and so which ones the levels with a digital path take.

The numbers act through bit fields of labels and addresses, so most sizes must be powers of two here, which a model on
numbers alone would not need. Upper limits keep the elaboration of a design within minutes.
"""

from __future__ import annotations

import re
from typing import Final

from ...behavioral.bss1.spec import HicannSpec
from ...behavioral.bss2.spec import ChipSpec
from ...errors import ConfigError

SPIKE_LABEL_BITS = 16  # label and channel in a word of the links
LINK_WORD_BITS = 64
MOST: Final = 4096
"""Largest size of a design in columns, rows or words of a FIFO."""


def bits_for(count: int) -> int:
    """Bits that number `count` things; at least one."""
    return max((count - 1).bit_length(), 1)


def check_buildable(spec: ChipSpec) -> ChipSpec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    check_name(spec)
    for name in ("columns", "rows", "link_in_depth", "link_out_depth"):
        _demand_power_of_two(spec, name)
    for name in ("event_outputs", "padi_buses"):
        _demand_power_of_two(spec, name)
    _demand(
        spec, "columns", spec.columns >= 2 * spec.event_outputs,
        f"must be 2 at least for each of the {spec.event_outputs} event outputs; raise it or lower event_outputs",
    )  # fmt: skip
    _demand(
        spec, "rows", 2 <= spec.drivers // spec.padi_buses <= 1 << spec.row_select_bits,
        f"must give each of the {spec.padi_buses} PADI buses 2 to {1 << spec.row_select_bits} drivers of two rows; "
        "change rows, padi_buses or row_select_bits",
    )  # fmt: skip
    _check_labels(spec)
    _demand_range(
        spec, "time_bits", 33, LINK_WORD_BITS - SPIKE_LABEL_BITS - 1, ": two register words, and part of a link's word"
    )
    _demand_range(spec, "background_sources", 1, 64)
    _demand(
        spec, "event_outputs", spec.event_outputs >= max(spec.padi_buses, spec.link_channels),
        "must be no less than padi_buses and link_channels",
    )  # fmt: skip
    _demand_range(spec, "stp_state_bits", 9, 32)
    _demand(
        spec, "amplitude_bits", 4 <= spec.amplitude_bits < spec.stp_state_bits,
        "must be 4 at least and less than stp_state_bits",
    )  # fmt: skip
    _demand_range(spec, "slow_cycles", 2, 16)
    _demand_range(spec, "background_ticks_per_cycle", 1, 255)
    _demand_range(spec, "background_lfsr_steps", 1, 256)
    _demand(spec, "background_lfsr_mask", 1 << 31 <= spec.background_lfsr_mask < 1 << 32, "must have 32 bits")
    return spec


def _check_labels(spec: ChipSpec) -> None:
    """Check the parts of a label and of a word of the links."""
    _demand(spec, "synapse_label_bits", spec.synapse_label_bits >= 2, "must be 2 at least")
    _demand(spec, "row_select_bits", spec.row_select_bits >= 2, "must be 2 at least")
    _demand(
        spec, "label_bits", spec.label_bits >= spec.row_select_bits + spec.synapse_label_bits,
        f"must hold row select and synapse label ({spec.row_select_bits} + {spec.synapse_label_bits} bits)",
    )  # fmt: skip
    output = bits_for(spec.event_outputs)
    _demand(
        spec, "label_bits", spec.label_bits > spec.address_bits + output,
        f"must exceed neuron address and event output ({spec.address_bits} + {output} bits)",
    )  # fmt: skip
    channel = bits_for(spec.link_channels)
    _demand(
        spec, "label_bits", spec.label_bits + channel <= SPIKE_LABEL_BITS,
        f"must leave {channel} of {SPIKE_LABEL_BITS} bits for the link; lower it or link_channels",
    )  # fmt: skip


def check_hicann(spec: HicannSpec) -> HicannSpec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    check_name(spec)
    for name in ("columns", "link_out_depth", "lines"):
        _demand_power_of_two(spec, name)
    _demand(
        spec, "columns", spec.columns >= 2 * spec.blocks, f"must be 2 at least for each of the {spec.blocks} blocks"
    )
    _demand(spec, "line_cycles", spec.line_cycles >= 2, "must be 2 at least: a line is a chain of registers")
    return spec


def check_name(spec: ChipSpec | HicannSpec) -> str:
    """Return the name of a chip as part of the names of its modules. Raises `ConfigError` if it cannot be."""
    name = spec.name.replace("-", "_")
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise ConfigError(
            f"{type(spec).__name__}.name = {spec.name!r} must be letters, digits, _ and - to be part of a module name"
        )
    return name


def _demand_power_of_two(spec: ChipSpec | HicannSpec, name: str) -> None:
    value = getattr(spec, name)
    _demand(
        spec,
        name,
        2 <= value <= MOST and value & (value - 1) == 0,
        f"must be a power of two, 2 at least and {MOST} at most",
    )


def _demand_range(spec: ChipSpec | HicannSpec, name: str, low: int, high: int, why: str = "") -> None:
    _demand(spec, name, low <= getattr(spec, name) <= high, f"must be {low} to {high}{why}")


def _demand(spec: ChipSpec | HicannSpec, name: str, holds: bool, rule: str) -> None:
    if not holds:
        raise ConfigError(f"{type(spec).__name__}.{name} = {getattr(spec, name)} cannot be built: it {rule}")
