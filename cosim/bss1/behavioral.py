"""Level `behavioral` of BrainScaleS-1: its circuits as numbers on a time grid, no contention between events.

What a neuron and a synapse are after a write: `circuits.py`. A synapse puts

    code · strength · factor of the synapse · gain of its circuit's input / circuits per neuron

onto the conductance of the whole neuron.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.neuron import DTYPE
from ...behavioral.bss1.analog.synapses import code_conductance
from ...behavioral.bss1.network import Layer, run_layers
from ...behavioral.events import GridEvents, SpikeBatch
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights
from ...behavioral.numerics.threads import run_parts, shares
from ...behavioral.numerics.vectors import NARROW, pad_columns
from ..buffers import event_room
from ..ideal import count_spikes
from ..observation import Observation
from .chip import Bss1Chip
from .circuits import merged, synapse_gains
from .configuration import Configuration, Strength
from .fidelity import BEHAVIORAL
from .observed import layer_resting, observation, taken
from .placement import LayerPlacement

Array = NDArray[np.float64]


class BehavioralLevel:
    """A network on the chips of a wafer. Raises `DoesNotFitError` or `ConfigError` for what cannot be placed."""

    fidelity = BEHAVIORAL

    def __init__(self, topology: Topology, wafer: Bss1Chip, grid: TimeGrid) -> None:
        self.topology, self.wafer, self.grid = topology, wafer, grid
        self.weight_limit = wafer.spec.weight_max / wafer.spec.weight_lsb_per_unit
        self.placement = wafer.placed(topology)
        self._neurons = tuple(merged(wafer, layer.chip, layer.column, grid.step_s) for layer in self.placement.layers)
        self._gains = tuple(_gains(layer, wafer) for layer in self.placement.layers)

    def run(
        self,
        spikes: SpikeBatch | GridEvents,
        weights: NetworkWeights | Configuration,
        trials: NDArray[np.uint64] | None = None,
        silenced: tuple[NDArray[np.bool_], ...] | None = None,
        record_membranes: bool = True,  # noqa: ARG002  (none are recorded)
    ) -> Observation:
        """See `Level.run`. weights: or all that is written. trials: there is no temporal noise."""
        topology, grid, spec = self.topology, self.grid, self.wafer.spec
        spikes, configuration, dtype = taken(spikes, weights, trials, topology, grid, spec)
        bias_steps = configuration.bias_steps or grid.steps + 1  # without a bias its code is 0
        restings = layer_resting(topology, spikes.samples, silenced)
        layers = tuple(
            self._layer(k, codes, strengths)
            for k, (codes, strengths) in enumerate(zip(configuration.codes, configuration.strengths, strict=True))
        )
        events = tuple(event_room(spikes.samples, grid.steps, size) for size in topology.sizes[1:])
        firsts, units = tuple(each.first for each in events), tuple(each.unit for each in events)

        def task(_: int, start: int, stop: int) -> None:
            run_layers(start, stop, spikes.first, spikes.unit, layers, bias_steps, restings, firsts, units)

        run_parts(task, shares(spikes.samples))
        sent = sum(int((each.first[:, -1] - each.first[:, 0]).sum()) for each in events)
        counters = {
            "input_events": int((spikes.first[:, -1] - spikes.first[:, 0]).sum()), "spikes": sent,
            "hidden_spikes": count_spikes(events[:-1]), "lost": 0,
        }  # fmt: skip
        return observation(topology, spec, grid, spikes, events, dtype, silenced, counters=counters)

    def _layer(self, layer: int, codes: NDArray[np.int64], strengths: tuple[Strength, Strength]) -> Layer:
        """Return the constants of a layer with the jumps of its synapses, excitatory and inhibitory."""
        jumps = []
        for sign, strength, gains in zip((1, -1), strengths, self._gains[layer], strict=True):
            unit = code_conductance(self.wafer.spec, strength.ratio) * self.grid.step_s
            jumps.append(pad_columns(unit * np.maximum(sign * codes, 0) * gains, np.dtype(DTYPE), NARROW))
        return Layer(self._neurons[layer], *jumps)


def _gains(layer: LayerPlacement, wafer: Bss1Chip) -> tuple[Array, Array]:
    """Return what mismatch makes of each synapse, excitatory and inhibitory, (sources, neurons)."""
    exc, inh = np.empty((2, len(layer.sources.line), len(layer.chip)))
    of_chip = {chip: synapse_gains(wafer, chip) for chip in layer.slots}
    for neuron, (chip, column) in enumerate(zip(layer.chip.tolist(), layer.column.tolist(), strict=True)):
        slots, gains = layer.slots[chip], of_chip[chip]
        columns = column + slots.column
        exc[:, neuron] = gains[slots.side, 2 * slots.driver, columns]
        inh[:, neuron] = gains[slots.side, 2 * slots.driver + 1, columns]
    return exc, inh
