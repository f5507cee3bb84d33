"""The levels of the wafer by name."""

from __future__ import annotations

from typing import Final

from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...errors import ConfigError
from ..levels import DIGITAL
from .behavioral import BehavioralWafer
from .chip import Wafer
from .digital import DigitalWafer
from .event import EventWafer
from .level import WaferLevel

WAFER_FIDELITIES: Final = ("behavioral", *DIGITAL)


def open_wafer(fidelity: str, topology: Topology, wafer: Wafer, grid: TimeGrid) -> WaferLevel:
    """Place the network on the wafer and return the level.

    Raises `ConfigError` for an unknown level, `DoesNotFitError` for a network that is too large or has more inputs than
    the link has lines for, and `MissingToolError` if the level needs a program that is not there.
    """
    if fidelity == "behavioral":
        return BehavioralWafer(topology, wafer, grid)
    return _digital(fidelity)(topology, wafer, grid)


def _digital(fidelity: str) -> type[DigitalWafer]:
    """Return the class of a level with the digital path; hardware description and compiler come in only if needed."""
    if fidelity == "event":
        return EventWafer
    if fidelity == "rtl":
        from .rtl import RtlWafer

        return RtlWafer
    if fidelity == "verilog":
        from .verilog import VerilogWafer

        return VerilogWafer
    raise ConfigError(f"the wafer has no level {fidelity!r}; known: {', '.join(WAFER_FIDELITIES)}")
