"""The fidelity levels by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..behavioral.grid import TimeGrid
from ..behavioral.network.topology import Topology
from ..checks import checked
from ..errors import ConfigError
from .bss2.behavioral import BehavioralLevel
from .bss2.chip import Chip
from .bss2.digital import COUNTED, OnChip
from .bss2.event import EventLevel
from .bss2.placement import route
from .ideal import IdealLevel
from .observation import Level

DIGITAL: Final = ("event", "rtl", "verilog")
"""Levels with the digital spike path, cycle by cycle: they give bit-identical observations."""
FIDELITIES: Final = ("ideal", "behavioral", *DIGITAL)


@checked
def check_fidelity(fidelity: str) -> str:
    """Return the name of a known level. Raises `ConfigError` for any other."""
    if fidelity not in FIDELITIES:
        raise ConfigError(f"unknown fidelity {fidelity!r}; known: {', '.join(FIDELITIES)}")
    return fidelity


@checked
def open_level(
    fidelity: str, topology: Topology, chip: Chip, grid: TimeGrid, counted: Mapping[str, str] = COUNTED
) -> Level:
    """Place the network on the chip and return the level, compiled for the CPU.

    counted: banks of counters that the host of a level with the digital path reads after each sample.
    Raises `ConfigError` for an unknown level, `DoesNotFitError` for a network that is too large, and `MissingToolError`
    if the level needs a program that is not there.
    """
    check_fidelity(fidelity)
    if fidelity in DIGITAL:
        return _digital(fidelity)(topology, chip, grid, counted)
    placement = route(topology, chip.spec).layers()
    if fidelity == "ideal":
        return IdealLevel(topology, chip.spec, grid)
    return BehavioralLevel(
        topology,
        chip.spec,
        chip.die,
        placement,
        grid,
        noise=chip.noise,
        noise_key=chip.noise_key,
        quantized=chip.quantized,
    )


def _digital(fidelity: str) -> type[OnChip]:
    """Return the class of a level with the digital path; hardware description and compiler come in only if needed."""
    if fidelity == "event":
        return EventLevel
    if fidelity == "rtl":
        from .bss2.rtl import RtlLevel

        return RtlLevel
    from .bss2.verilog import VerilogLevel

    return VerilogLevel
