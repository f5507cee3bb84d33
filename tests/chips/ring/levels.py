"""The levels of the made-up chip."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Final

from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.topology import Topology
from inloop.cosim.filtered import FilteredLevel
from inloop.cosim.observation import Level

from .chip import RingChip


def _ideal(topology: Topology, chip: RingChip, grid: TimeGrid) -> Level:
    chip.check_fit(topology)
    return FilteredLevel(topology, chip.spec, grid)


def _opens(module: str, name: str) -> Callable[..., Level]:
    def opens(topology: Topology, chip: RingChip, grid: TimeGrid) -> Level:
        level: Level = getattr(import_module(module, __package__), name)(topology, chip, grid)
        return level

    return opens


LEVELS: Final[dict[str, Callable[..., Any]]] = {
    "ideal": _ideal,
    "behavioral": _opens(".behavioral", "BehavioralLevel"),
    "event": _opens(".event", "EventLevel"),
    "rtl": _opens(".rtl", "RtlLevel"),
    "verilog": _opens(".verilog", "VerilogLevel"),
}
