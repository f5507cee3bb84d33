"""The levels of BrainScaleS-2: by name, what opens one for a topology, a chip and a grid."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Final

from ...behavioral.bss2.layer import readout_start
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ..ideal import IdealLevel
from ..observation import Level
from .behavioral import BehavioralLevel
from .chip import Bss2Chip
from .placement import route


def _ideal(topology: Topology, chip: Bss2Chip, grid: TimeGrid, **_: Any) -> Level:
    route(topology, chip.spec)  # what does not fit the chip is refused at every level
    return IdealLevel(topology, chip.spec, grid, partial(readout_start, chip.spec))


def _behavioral(topology: Topology, chip: Bss2Chip, grid: TimeGrid, **_: Any) -> Level:
    placement = route(topology, chip.spec).layers
    return BehavioralLevel(
        topology, chip.spec, chip.die, placement, grid, noise=chip.noise, noise_key=chip.noise_key,
        quantized=chip.quantized,
    )  # fmt: skip


def _digital(module: str, name: str) -> Callable[..., Level]:
    """Return what opens a level with the digital path; hardware description and compiler come in only if needed."""

    def opens(topology: Topology, chip: Bss2Chip, grid: TimeGrid, **options: Any) -> Level:
        level: Level = getattr(import_module(module, __package__), name)(topology, chip, grid, **options)
        return level

    return opens


LEVELS: Final[dict[str, Callable[..., Level]]] = {
    "ideal": _ideal,
    "behavioral": _behavioral,
    "event": _digital(".event", "EventLevel"),
    "rtl": _digital(".rtl", "RtlLevel"),
    "verilog": _digital(".verilog", "VerilogLevel"),
}
