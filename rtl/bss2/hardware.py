"""The hardware of BrainScaleS-2."""

from __future__ import annotations

from ..hardware import Hardware
from .ports import make_ports
from .register_map import register_map, register_page
from .top import top

HARDWARE = Hardware(top, make_ports, register_map, register_page)
