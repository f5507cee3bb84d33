"""Which designs of BrainScaleS-2 the hardware can be built for, and the words of its links."""

from __future__ import annotations

from ...behavioral.bss2.spec import ChipSpec
from ..lib.buildable import check_name, demand, demand_power_of_two, demand_range
from ..lib.widths import bits_for

SPIKE_LABEL_BITS = 16  # label and channel in a word of the links
LINK_WORD_BITS = 64
DRAWN_BITS = 8  # that a background generator compares with its rate; as many more replace label bits


def check_buildable(spec: ChipSpec) -> ChipSpec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    check_name(spec)
    for name in ("columns", "rows", "link_in_depth", "link_out_depth"):
        demand_power_of_two(spec, name)
    for name in ("event_outputs", "padi_buses"):
        demand_power_of_two(spec, name)
    demand(
        spec, "columns", spec.columns >= 2 * spec.event_outputs,
        f"must be 2 at least for each of the {spec.event_outputs} event outputs; raise it or lower event_outputs",
    )  # fmt: skip
    demand(
        spec, "rows", 2 <= spec.drivers // spec.padi_buses <= 1 << spec.row_select_bits,
        f"must give each of the {spec.padi_buses} PADI buses 2 to {1 << spec.row_select_bits} drivers of two rows; "
        "change rows, padi_buses or row_select_bits",
    )  # fmt: skip
    _check_labels(spec)
    demand_range(
        spec, "time_bits", 33, LINK_WORD_BITS - SPIKE_LABEL_BITS - 1, ": two register words, and part of a link's word"
    )
    demand_range(spec, "background_sources", 1, 64)
    demand(
        spec, "event_outputs", spec.event_outputs >= max(spec.padi_buses, spec.link_channels),
        "must be no less than padi_buses and link_channels",
    )  # fmt: skip
    demand_range(spec, "stp_state_bits", 9, 32)
    demand(
        spec, "amplitude_bits", 4 <= spec.amplitude_bits < spec.stp_state_bits,
        "must be 4 at least and less than stp_state_bits",
    )  # fmt: skip
    demand_range(spec, "slow_cycles", 2, 16)
    demand_range(spec, "background_ticks_per_cycle", 1, 255)
    demand_range(spec, "background_lfsr_steps", 1, 256)
    demand(spec, "background_lfsr_mask", 1 << 31 <= spec.background_lfsr_mask < 1 << 32, "must have 32 bits")
    return spec


def _check_labels(spec: ChipSpec) -> None:
    """Check the parts of a label and of a word of the links."""
    demand(spec, "synapse_label_bits", spec.synapse_label_bits >= 2, "must be 2 at least")
    demand(spec, "row_select_bits", spec.row_select_bits >= 2, "must be 2 at least")
    demand(
        spec, "label_bits", spec.label_bits >= DRAWN_BITS,
        f"must hold the {DRAWN_BITS} bits that background generators draw",
    )  # fmt: skip
    demand(
        spec, "label_bits", spec.label_bits >= spec.row_select_bits + spec.synapse_label_bits,
        f"must hold row select and synapse label ({spec.row_select_bits} + {spec.synapse_label_bits} bits)",
    )  # fmt: skip
    output = bits_for(spec.event_outputs)
    demand(
        spec, "label_bits", spec.label_bits > spec.address_bits + output,
        f"must exceed neuron address and event output ({spec.address_bits} + {output} bits)",
    )  # fmt: skip
    channel = bits_for(spec.link_channels)
    demand(
        spec, "label_bits", spec.label_bits + channel <= SPIKE_LABEL_BITS,
        f"must leave {channel} of {SPIKE_LABEL_BITS} bits for the link; lower it or link_channels",
    )  # fmt: skip
