"""Which chip designs the hardware can be built for.

The numbers act through bit fields of labels and addresses, so most sizes must be powers of two here, which a model on
numbers alone would not need.
"""

from __future__ import annotations

from ..behavioral.fabric.config import Neurons
from ..behavioral.hicann.spec import HicannSpec
from ..behavioral.sections import width
from ..behavioral.spec import ChipSpec
from ..errors import ConfigError

SPIKE_LABEL_BITS = 16  # label and channel in a word of the links
LINK_WORD_BITS = 64


def bits_for(count: int) -> int:
    """Bits that number `count` things; at least one."""
    return max((count - 1).bit_length(), 1)


def check_buildable(spec: ChipSpec) -> ChipSpec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    for name in ("columns", "rows", "event_outputs", "padi_buses", "link_in_depth", "link_out_depth"):
        _demand(spec, name, _power_of_two(getattr(spec, name)), "must be a power of two, 2 at least")
    _demand(
        spec,
        "columns",
        spec.columns >= 2 * spec.event_outputs,
        f"must be 2 at least for each of the {spec.event_outputs} event outputs; raise it or lower event_outputs",
    )
    _demand(
        spec,
        "rows",
        2 <= spec.drivers // spec.padi_buses <= 1 << spec.row_select_bits,
        f"must give each of the {spec.padi_buses} PADI buses 2 to {1 << spec.row_select_bits} drivers of two rows; "
        "change rows, padi_buses or row_select_bits",
    )
    _demand(
        spec,
        "label_bits",
        spec.label_bits >= spec.row_select_bits + spec.synapse_label_bits,
        f"must hold row select and synapse label ({spec.row_select_bits} + {spec.synapse_label_bits} bits)",
    )
    address = width(spec, Neurons, "address")
    _demand(
        spec,
        "label_bits",
        spec.label_bits > address + bits_for(spec.event_outputs),
        f"must exceed neuron address and event output ({address} + {bits_for(spec.event_outputs)} bits)",
    )
    _demand(
        spec,
        "label_bits",
        spec.label_bits + bits_for(spec.link_channels) <= SPIKE_LABEL_BITS,
        f"must leave {bits_for(spec.link_channels)} of {SPIKE_LABEL_BITS} bits for the link; lower it or link_channels",
    )
    _demand(
        spec,
        "time_bits",
        33 <= spec.time_bits < LINK_WORD_BITS - SPIKE_LABEL_BITS,
        f"must be 33 to {LINK_WORD_BITS - SPIKE_LABEL_BITS - 1}: two register words, and part of a link's word",
    )
    _demand(spec, "synapse_label_bits", spec.synapse_label_bits >= 2, "must be 2 at least")
    _demand(spec, "row_select_bits", spec.row_select_bits >= 2, "must be 2 at least")
    _demand(spec, "link_channels", spec.link_channels >= 2, "must be 2 at least")
    _demand(spec, "background_sources", spec.background_sources >= 2, "must be 2 at least")
    _demand(
        spec,
        "event_outputs",
        spec.event_outputs >= max(spec.padi_buses, spec.link_channels),
        "must be no less than padi_buses and link_channels",
    )
    _demand(
        spec,
        "amplitude_bits",
        4 <= spec.amplitude_bits < spec.stp_state_bits,
        "must be 4 at least and less than stp_state_bits",
    )
    _demand(spec, "stp_state_bits", spec.stp_state_bits >= 9, "must be 9 at least")
    _demand(spec, "slow_cycles", 2 <= spec.slow_cycles <= 16, "must be 2 to 16")
    _demand(spec, "background_ticks_per_cycle", spec.background_ticks_per_cycle <= 255, "must be 255 at most")
    _demand(spec, "background_lfsr_mask", 1 << 31 <= spec.background_lfsr_mask < 1 << 32, "must have 32 bits")
    return spec


def check_hicann(spec: HicannSpec) -> HicannSpec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    for name in ("columns", "link_out_depth", "lines"):
        _demand(spec, name, _power_of_two(getattr(spec, name)), "must be a power of two, 2 at least")
    _demand(
        spec, "columns", spec.columns >= 2 * spec.blocks, f"must be 2 at least for each of the {spec.blocks} blocks"
    )
    _demand(spec, "line_cycles", spec.line_cycles >= 2, "must be 2 at least: a line is a chain of registers")
    return spec


def _power_of_two(value: int) -> bool:
    return value >= 2 and value & (value - 1) == 0


def _demand(spec: ChipSpec | HicannSpec, name: str, holds: bool, rule: str) -> None:
    if not holds:
        raise ConfigError(f"{type(spec).__name__}.{name} = {getattr(spec, name)} cannot be built: it {rule}")
