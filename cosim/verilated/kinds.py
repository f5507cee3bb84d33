"""The kinds of chip that can be compiled: what their libraries are made of, and how a host speaks to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...behavioral.fabric.wiring import neurons
from ...behavioral.hicann.path.wiring import ENCODERS
from ...behavioral.hicann.spec import HicannSpec
from ...behavioral.spec import ChipSpec
from ...rtl.hicann import register_map as hicann_host
from ...rtl.host import config_writes, control_write

Spec = ChipSpec | HicannSpec


@dataclass(frozen=True)
class Kind:
    """One kind of chip.

    source: the C interface to its design. arguments: of its functions, by their names behind that of the source.
    folders: whose sources decide what is built. structural: fields of the specification that shape the hardware; a
    design is built once for all others. sizes: constants of the source. config_writes, control_write: as `rtl/host.py`.
    """

    source: Path
    arguments: dict[str, int]
    folders: tuple[str, ...]
    structural: tuple[str, ...]
    sizes: Callable[[Any], dict[str, int | str]]
    config_writes: Callable[..., list[tuple[int, int]]]
    control_write: Callable[..., tuple[int, int]]


def _fabric_sizes(spec: ChipSpec) -> dict[str, int | str]:
    return {
        "COLUMNS": neurons(spec) // spec.hemispheres,
        "CHANNELS": spec.link_channels,
        "EACH_CHANNEL(X)": " ".join(f"X({k})" for k in range(spec.link_channels)),
        "DRIVERS": spec.hemispheres * spec.drivers,
        "LABEL_BITS": spec.synapse_label_bits,
        "AMPLITUDE_BITS": spec.amplitude_bits,
    }


def _hicann_sizes(spec: HicannSpec) -> dict[str, int | str]:
    return {
        "DRIVERS": spec.sides * spec.drivers,
        "LINES": ENCODERS,
        "ADDRESS_BITS": spec.address_bits,
        "DECODER_BITS": spec.synapse_decoder_bits,
        "READY_CYCLES": spec.link_event_cycles,
    }


HOST: Final = {"open": 2, "close": 1, "write": 3, "read": 4}
FABRIC: Final = Kind(
    source=Path(__file__).with_name("fabric.cpp"),
    arguments={**HOST, "begin": 7, "cycle": 5, "links": 2, "drain": 5},
    folders=("rtl", "behavioral/fabric", "cosim/verilated"),
    structural=(
        "columns", "hemispheres", "rows", "label_bits", "row_select_bits", "synapse_label_bits", "address_bits",
        "event_outputs", "padi_buses", "link_channels", "background_sources", "time_bits", "background_ticks_per_cycle",
        "link_in_depth", "link_out_depth", "slow_cycles", "background_lfsr_mask", "background_lfsr_steps",
        "stp_state_bits", "amplitude_bits",
    ),
    sizes=_fabric_sizes, config_writes=config_writes, control_write=control_write,
)  # fmt: skip
HICANN: Final = Kind(
    source=Path(__file__).with_name("hicann.cpp"),
    arguments={**HOST, "begin": 9, "cycle": 7, "drain": 4},
    folders=("rtl", "rtl/hicann", "behavioral/hicann/path", "cosim/verilated"),
    structural=(
        "columns", "sides", "drivers", "blocks", "driver_decoder_bits", "synapse_decoder_bits", "slow_cycles",
        "period_bits", "lfsr_taps", "stamp_bits", "compare_bits", "buffer_slots", "link_out_depth", "link_event_cycles",
        "line_cycles", "foreign_lines", "release_block_bits", "release_blocks", "circuits_per_neuron",
    ),
    sizes=_hicann_sizes, config_writes=hicann_host.config_writes, control_write=hicann_host.control_write,
)  # fmt: skip


def kind_of(spec: Spec) -> Kind:
    """Return the kind of a chip."""
    return HICANN if isinstance(spec, HicannSpec) else FABRIC
