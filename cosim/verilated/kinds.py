"""The kinds of chip that can be compiled: what their libraries are made of, and how a host speaks to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import HicannSpec
from ...behavioral.bss2.fabric.wiring import neurons
from ...behavioral.bss2.spec import ChipSpec
from ...rtl.bss1 import register_map as hicann_host
from ...rtl.bss2.register_map import config_writes, control_write, register_map
from ...rtl.lib.register_map import RegisterMap

Spec = ChipSpec | HicannSpec


@dataclass(frozen=True)
class Kind:
    """One kind of chip.

    source: the C interface to its design. arguments: of its functions, by their names behind that of the source.
    sizes: constants of the source. registers, config_writes, control_write: as in `rtl/bss2/register_map.py`.
    """

    source: Path
    arguments: dict[str, int]
    sizes: Callable[[Any], dict[str, int | str]]
    config_writes: Callable[..., list[tuple[int, int]]]
    control_write: Callable[..., tuple[int, int]]
    registers: Callable[[Any], RegisterMap]

    @property
    def sources(self) -> tuple[Path, ...]:
        """All that is compiled with the design."""
        return self.source, HEADER

    def identity(self, spec: Spec) -> tuple[int, int]:
        """Return address and value of the register that says what a design is."""
        registers = self.registers(spec)
        return registers.address("identity"), registers.bank("identity").word_reset()


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


HEADER: Final = Path(__file__).with_name("host.hpp")
HOST: Final = {"open": 2, "close": 1, "write": 3, "read": 4}
FABRIC: Final = Kind(
    source=Path(__file__).with_name("fabric.cpp"),
    arguments={**HOST, "begin": 7, "cycle": 6, "links": 2, "drain": 5},
    sizes=_fabric_sizes, config_writes=config_writes, control_write=control_write, registers=register_map,
)  # fmt: skip
HICANN: Final = Kind(
    source=Path(__file__).with_name("hicann.cpp"),
    arguments={**HOST, "begin": 9, "cycle": 7, "drain": 4},
    sizes=_hicann_sizes, config_writes=hicann_host.config_writes, control_write=hicann_host.control_write,
    registers=hicann_host.register_map,
)  # fmt: skip


def kind_of(spec: Spec) -> Kind:
    """Return the kind of a chip."""
    return HICANN if isinstance(spec, HicannSpec) else FABRIC
