"""What a level measures, in one form for all levels, and the protocol of a level."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

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


NOT_ASKED: Final = "were not recorded; call the model with record_membranes=True"
"""Why there are no membranes, where nothing else is said."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """What compiled code has filled, for compiled code: neurons are padded to whole vectors. Others ask the
    observation.

    membranes: per hidden layer (samples, records, neurons), no sample where they were not recorded. scale: turns them
    into software units. actives: per hidden layer (samples, neurons), 0 where silenced. missing: why no membrane was
    recorded.
    """

    membranes: tuple[Array, ...]
    scale: TraceScale
    actives: tuple[Array, ...]
    missing: str = NOT_ASKED


@dataclass(frozen=True, eq=False)
class Observation:
    """Result of one batch.

    inputs: the input events on the grid. spikes: events per hidden layer. outputs: events of the outputs, where they
    spike. readout: (samples, records, outputs) in software units, one record per `period` grid steps. recorded: what is
    behind `membrane`, `codes` and `silenced`. counters: events counted. chip_time_s: time the modelled chip would take.
    cycles: where the level knows it, the fabric cycle of each spike, per layer of `spiking`, in its order and without
    its unused room. cycle_s: length of such a cycle. raw: what the levels of a chip see beyond this, for comparisons.
    """

    grid: TimeGrid
    inputs: GridEvents
    spikes: tuple[GridEvents, ...]
    readout: Reals
    recorded: Recorded
    counters: dict[str, int]
    chip_time_s: float
    outputs: GridEvents | None = None
    cycles: tuple[NDArray[np.int64], ...] = ()
    cycle_s: float = 0.0
    raw: Any = None

    @property
    def spiking(self) -> tuple[GridEvents, ...]:
        """Events of all layers that spike: the hidden ones, and the outputs where they do."""
        return self.spikes if self.outputs is None else (*self.spikes, self.outputs)

    def counts(self) -> tuple[NDArray[np.int64], ...]:
        """Spikes of each neuron, per layer of `spiking` (samples, neurons)."""
        return tuple(events.counts() for events in self.spiking)

    @property
    def period(self) -> int:
        """Grid steps per record of membranes and readout."""
        return self.recorded.scale.period

    @property
    def has_membranes(self) -> bool:
        """Whether membranes of hidden layers were recorded."""
        return all(len(each) >= self.inputs.samples for each in self.recorded.membranes)

    @checked
    def codes(self, layer: int) -> Array:
        """Membranes of a hidden layer as recorded, codes of a converter or software units, (samples, records, neurons).

        Raises `ConfigError` if they were not recorded.
        """
        neurons = self._layer(layer).units
        if not self.has_membranes:
            raise ConfigError(f"membranes of hidden layer {layer} {self.recorded.missing}")
        return self.recorded.membranes[layer][..., :neurons]

    @checked
    def membrane(self, layer: int) -> Reals:
        """Membranes of a hidden layer in software units, (samples, records, neurons).

        Raises `ConfigError` if they were not recorded.
        """
        scale = self.recorded.scale
        return np.asarray((self.codes(layer) - scale.leak) * scale.gain)

    @checked
    def silenced(self, layer: int) -> NDArray[np.bool_]:
        """Which neurons of a hidden layer were not allowed to fire, (samples, neurons)."""
        neurons = self._layer(layer).units
        return np.asarray(self.recorded.actives[layer][:, :neurons] == 0)

    @property
    def without_membranes(self) -> Observation:
        """The same as if no membrane had been recorded."""
        nothing = np.empty((0, 0, 0), self.readout.dtype)
        return replace(self, recorded=replace(self.recorded, membranes=tuple(nothing for _ in self.recorded.membranes)))

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
