"""The C interface to the compiled Verilog of the bus."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from inloop.cosim.verilated.bridge import Bridge

from .hardware import register_map

BRIDGE: Final = Bridge(
    source=Path(__file__).with_name("bridge.cpp"), arguments={"reset": 1, "edge": 4, "lost": 1}, sizes=lambda _: {},
    config_writes=lambda *_: [], control_write=lambda *_, **__: (0, 0), registers=register_map,
)  # fmt: skip
