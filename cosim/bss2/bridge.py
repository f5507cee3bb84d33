"""The C interface to the compiled Verilog of BrainScaleS-2."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ...behavioral.bss2.fabric.wiring import neurons
from ...behavioral.bss2.spec import ChipSpec
from ...rtl.bss2.register_map import config_writes, control_write, register_map
from ..verilated.bridge import Bridge


def _sizes(spec: ChipSpec) -> dict[str, int | str]:
    return {
        "CIRCUITS": neurons(spec),
        "CHANNELS": spec.link_channels,
        "EACH_CHANNEL(X)": " ".join(f"X({k})" for k in range(spec.link_channels)),
        "DRIVERS": spec.hemispheres * spec.drivers,
        "LABEL_BITS": spec.synapse_label_bits,
        "AMPLITUDE_BITS": spec.amplitude_bits,
    }


BRIDGE: Final = Bridge(
    source=Path(__file__).with_name("bridge.cpp"), arguments={"begin": 7, "cycle": 6, "links": 2, "drain": 5},
    sizes=_sizes, config_writes=config_writes, control_write=control_write, registers=register_map,
)  # fmt: skip
