"""What a level measures, in one form for all levels, and the protocol of a level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.grid import TimeGrid
from ..behavioral.network.reconstruct import TraceScale
from ..behavioral.network.weights import NetworkWeights
from ..behavioral.numerics.types import Reals
from ..checks import checked
from ..errors import ConfigError
from .fidelity import Fidelity

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Observation:
    """Result of one batch.

    inputs: the input events on the grid. spikes: events per hidden layer. membranes: per hidden layer (samples,
    records, neurons, padded), as recorded, no sample where they were not; `scale` turns them into software units.
    readout: (samples, records, outputs) in software units, one record per `scale.period` grid steps. actives: per
    hidden layer (samples, neurons, padded), 0 where silenced. counters: events counted. chip_time_s: time the modelled
    chip would take.
    cycles: where the level knows it, the fabric cycle of each of `spikes`, per hidden layer, in its order and without
    its unused room. cycle_s: length of such a cycle.
    """

    grid: TimeGrid
    inputs: GridEvents
    spikes: tuple[GridEvents, ...]
    membranes: tuple[Array, ...]
    scale: TraceScale
    readout: Reals
    actives: tuple[Array, ...]
    counters: dict[str, int]
    chip_time_s: float
    cycles: tuple[NDArray[np.int64], ...] = ()
    cycle_s: float = 0.0

    @checked
    def membrane(self, layer: int) -> Reals:
        """Membranes of a hidden layer in software units, (samples, records, neurons).

        Raises `ConfigError` if they were not recorded.
        """
        neurons = self._layer(layer).units
        if len(self.membranes[layer]) < self.inputs.samples:
            raise ConfigError(
                f"membranes of hidden layer {layer} were not recorded; call the model with record_membranes=True"
            )
        return np.asarray((self.membranes[layer][..., :neurons] - self.scale.leak) * self.scale.gain)

    def _layer(self, layer: int) -> GridEvents:
        if not -len(self.spikes) <= layer < len(self.spikes):
            raise ConfigError(f"layer = {layer} must be a hidden layer, 0 to {len(self.spikes) - 1}")
        return self.spikes[layer]

    @checked
    def spike_batch(self, layer: int) -> SpikeBatch:
        """Spikes of a hidden layer in seconds: the crossing as placed in its step, or the end of the cycle."""
        events = self._layer(layer)
        _, step, unit = events.table()
        if self.cycles:
            time_s = ((self.cycles[layer] + 1) * self.cycle_s).astype(np.float64)
        else:
            time_s = ((step + 1 - events.ages()) * self.grid.step_s).astype(np.float64)
        offsets = np.concatenate([[0], np.cumsum(events.first[:, -1] - events.first[:, 0])])
        return SpikeBatch(offsets, unit, time_s, events.units)


class Level(Protocol):
    """One way to run a placed network; an object with these attributes can be handed in where the name of one can.

    What is above asks its `fidelity` where levels differ in more than this.
    """

    fidelity: Fidelity
    grid: TimeGrid
    weight_limit: float
    """Largest weight of a hidden layer, software units; beyond it the level clips."""

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights,
        trials: NDArray[np.uint64],
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,
    ) -> Observation:
        """Run a batch of input events, in seconds or already on the grid of the level.

        weights: software units, float32 or float64, which sets the dtype of the computation. trials: noise counter
        of each sample. silenced: per hidden layer (samples, neurons), neurons that must not fire. With
        record_membranes=False the hidden membranes may be left out (inference).
        Raises `SpikeError` for events that do not fit the window or the inputs.
        """
        ...
