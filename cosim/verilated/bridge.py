"""What turns the Verilog of a chip into a library: its C interface, and how a host speaks to the design behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ...behavioral.design import Design
from ...chips import parts_of
from ...rtl.lib.register_map import RegisterMap

HEADER: Final = Path(__file__).with_name("host.hpp")
HOST: Final = {"open": 2, "close": 1, "write": 3, "read": 4}
"""Functions that every interface has, with the number of their arguments."""
PREFIX: Final = "bridge"
"""Of the names of the functions."""


@dataclass(frozen=True)
class Bridge:
    """The C interface of a chip, for any of its designs.

    source: in C++. arguments: of its functions besides `HOST`, by their names behind `PREFIX`. sizes: constants of the
    source. registers, config_writes, control_write: as in `rtl/CHIP/register_map.py`.
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

    def identity(self, spec: Design) -> tuple[int, int]:
        """Return address and value of the register that says what a design is."""
        registers = self.registers(spec)
        return registers.address("identity"), registers.bank("identity").word_reset()


def bridge(spec: Design) -> Bridge:
    """Return the interface of a design's chip: `BRIDGE` of its `bridge.py`."""
    found: Bridge = parts_of(spec).part("cosim", "bridge:BRIDGE")
    return found
