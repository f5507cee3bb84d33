"""What the hardware of a chip consists of, and where it is: here, what knows no chip reaches that of a design."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..behavioral.design import Design
from ..chips import parts_of
from .lib.ports import TopPorts
from .lib.register_map import RegisterMap


@dataclass(frozen=True)
class Hardware:
    """The hardware of one kind of chip, for any of its designs.

    top: its block. ports: fresh signals for it. registers, register_page: its register map, as a table and for people.
    """

    top: Any
    ports: Callable[[Any], TopPorts]
    registers: Callable[[Any], RegisterMap]
    register_page: Callable[[Any], str]


def hardware(spec: Design) -> Hardware:
    """Return the hardware of a design's chip: `HARDWARE` of its `hardware.py`."""
    found: Hardware = parts_of(spec).part("rtl", "hardware:HARDWARE")
    return found
