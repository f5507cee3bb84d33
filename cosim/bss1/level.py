"""The protocol of a level of the wafer, and what it observes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...errors import SpikeError
from ..fidelity import Fidelity
from .configuration import Configuration
from .measured import Measured
from .placement import Placement


@dataclass(frozen=True, eq=False)
class RateObservation:
    """Result of one batch.

    spikes: events per layer, the readout last; of levels with the digital path those that the host recorded. counters:
    events counted and lost. chip_time_s: without the pause between two samples. measured: what these levels saw cycle
    by cycle.
    """

    grid: TimeGrid
    spikes: tuple[GridEvents, ...]
    counters: dict[str, int]
    chip_time_s: float
    measured: Measured | None = None

    def counts(self) -> tuple[NDArray[np.int64], ...]:
        """Spikes of each layer, (samples, neurons)."""
        return tuple(events.counts() for events in self.spikes)


class WaferLevel(Protocol):
    """One way to run a placed network. Nothing above this protocol knows which level it runs on."""

    fidelity: Fidelity
    grid: TimeGrid
    placement: Placement

    def run(self, spikes: GridEvents, configuration: Configuration) -> RateObservation:
        """Run a batch of input events that are on the grid of the level.

        Raises `SpikeError` for events that do not fit the window or the inputs, `ConfigError` for a configuration
        that does not fit the network.
        """
        ...


def checked_spikes(spikes: GridEvents, topology: Topology, grid: TimeGrid) -> GridEvents:
    """Return the events as kernels read them. Raises `SpikeError` if they do not fit the window or the inputs."""
    spikes = spikes.checked()
    if spikes.units != topology.inputs:
        raise SpikeError(f"spikes have {spikes.units} channels, the network has {topology.inputs} inputs")
    if spikes.steps != grid.steps:
        raise SpikeError(f"spikes are on a grid of {spikes.steps} steps, the level runs {grid.steps}")
    if spikes.samples < 1:
        raise SpikeError("the batch has no samples")
    return spikes
