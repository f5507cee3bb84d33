"""Level `verilog`: the generated Verilog of the bus, compiled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
from inloop.cosim import fidelity
from inloop.cosim.verilated.library import functions

from .digital import Bus, Ints, OnRing


class Compiled(Bus):
    """An instance of the design. calls: its C functions."""

    def __init__(self, sent: list[Ints], calls: dict[str, Any]) -> None:
        super().__init__(sent)
        self.calls, self.handle = calls, calls["open"](0, 0)

    def reset(self) -> None:
        """See `Bus`."""
        self.calls["reset"](self.handle)

    def edge(self, fires: list[int], offered: int) -> tuple[bool, int]:
        """See `Bus`."""
        given = np.array(fires, np.int32)
        found = self.calls["edge"](self.handle, given.ctypes.data, len(given), offered)
        return bool(found & 1), (found >> 1) - 1

    def lost_fires(self) -> int:
        """See `Bus`."""
        return int(self.calls["lost"](self.handle))


class VerilogLevel(OnRing):
    """The generated Verilog."""

    fidelity = replace(fidelity.VERILOG, has_die=False, membranes=False)

    @contextmanager
    def bus(self, sent: list[Ints]) -> Iterator[Any]:
        """See `OnRing`."""
        bus = Compiled(sent, functions(self.spec))
        try:
            yield bus
        finally:
            bus.calls["close"](bus.handle)
