"""The C interface to the compiled Verilog of a chip of BrainScaleS-1."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ...rtl.bss1.register_map import config_writes, control_write, register_map
from ..verilated.bridge import Bridge


def _sizes(spec: Bss1Spec) -> dict[str, int | str]:
    return {
        "DRIVERS": spec.sides * spec.drivers,
        "LINES": ENCODERS,
        "ADDRESS_BITS": spec.address_bits,
        "DECODER_BITS": spec.synapse_decoder_bits,
        "READY_CYCLES": spec.link_event_cycles,
    }


BRIDGE: Final = Bridge(
    source=Path(__file__).with_name("bridge.cpp"), arguments={"begin": 9, "cycle": 7, "drain": 4},
    sizes=_sizes, config_writes=config_writes, control_write=control_write, registers=register_map,
)  # fmt: skip
