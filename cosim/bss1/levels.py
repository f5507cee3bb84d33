"""The levels of BrainScaleS-1: by name, what opens one for a topology, a wafer and a grid."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents, SpikeBatch
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights
from ..filtered import FilteredLevel
from ..observation import Level, Observation
from .chip import Bss1Chip
from .configuration import Configuration
from .fidelity import IDEAL
from .placement import Placement


class WaferLevel(Level, Protocol):
    """A level other than `ideal`: it also takes all that is written, in the place of weights."""

    placement: Placement

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights | Configuration,
        trials: NDArray[np.uint64] | None = None,
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,
    ) -> Observation:
        """See `Level.run`."""
        ...


class IdealLevel(FilteredLevel):
    """The ideal network, without a version for GPUs."""

    fidelity = IDEAL


def _ideal(topology: Topology, wafer: Bss1Chip, grid: TimeGrid) -> Level:
    wafer.check_fit(topology)  # what does not fit the wafer is refused at every level
    return IdealLevel(topology, wafer.spec, grid)


def _opens(module: str, name: str) -> Callable[..., Level]:
    """Return what opens a level; hardware description and compiler come in only if needed."""

    def opens(topology: Topology, wafer: Bss1Chip, grid: TimeGrid) -> Level:
        level: Level = getattr(import_module(module, __package__), name)(topology, wafer, grid)
        return level

    return opens


LEVELS: Final[dict[str, Callable[..., Level]]] = {
    "ideal": _ideal,
    "behavioral": _opens(".behavioral", "BehavioralLevel"),
    "event": _opens(".event", "EventLevel"),
    "rtl": _opens(".rtl", "RtlLevel"),
    "verilog": _opens(".verilog", "VerilogLevel"),
}
