"""Level `behavioral` of the wafer: its circuits as numbers on a time grid, no contention between events.

The circuits of a neuron share their charge. Leak conductances and capacitances add up, so 1/τ_m is the mean over the
circuits and the leak potential the mean weighted by 1/τ_m; reversal potentials and synaptic time constants are taken
as means; comparator, reset and refractory time are those of the first circuit. A synapse puts

    code · strength · factor of the synapse · gain of its circuit's input / circuits per neuron

onto the conductance of the whole neuron.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.hicann.membrane import DTYPE, Membranes, membranes
from ...behavioral.hicann.network import Layer, run_layers
from ...behavioral.threads import run_parts, shares
from ...behavioral.topology import Topology
from ...behavioral.vectors import NARROW, pad_columns
from ...errors import SpikeError
from ..buffers import event_room
from .configuration import Configuration, Strength, check_configuration
from .level import RateObservation
from .placement import LayerPlacement, place
from .wafer import Wafer

Array = NDArray[np.float64]


class BehavioralWafer:
    """A network on the chips of a wafer. Raises `DoesNotFitError` or `ConfigError` for what cannot be placed."""

    fidelity = "behavioral"

    def __init__(self, topology: Topology, wafer: Wafer, grid: TimeGrid) -> None:
        self.topology, self.wafer, self.grid = topology, wafer, grid
        self.placement = place(topology, wafer.spec, [wafer.die(chip).usable for chip in range(wafer.chips)])
        self._neurons = tuple(_neurons(layer, wafer, grid) for layer in self.placement.layers)
        self._gains = tuple(_gains(layer, wafer) for layer in self.placement.layers)

    def run(self, spikes: GridEvents, configuration: Configuration) -> RateObservation:
        """See `WaferLevel.run`."""
        topology, grid = self.topology, self.grid
        check_configuration(configuration, topology, self.wafer.spec)
        if spikes.units != topology.inputs:
            raise SpikeError(f"spikes have {spikes.units} channels, the network has {topology.inputs} inputs")
        if spikes.steps != grid.steps:
            raise SpikeError(f"spikes are on a grid of {spikes.steps} steps, the level runs {grid.steps}")
        layers = tuple(
            self._layer(k, codes, strengths)
            for k, (codes, strengths) in enumerate(zip(configuration.codes, configuration.strengths, strict=True))
        )
        rooms = [event_room(spikes.samples, grid.steps, size) for size in topology.sizes[1:]]
        firsts, units = tuple(room[0] for room in rooms), tuple(room[1] for room in rooms)

        def task(_: int, start: int, stop: int) -> None:
            run_layers(start, stop, spikes.first, spikes.unit, layers, configuration.bias_steps, firsts, units)

        run_parts(task, shares(spikes.samples))
        events = tuple(GridEvents(*room, size) for room, size in zip(rooms, topology.sizes[1:], strict=True))
        sent = sum(int((each.first[:, -1] - each.first[:, 0]).sum()) for each in events)
        counters = {"input_events": int((spikes.first[:, -1] - spikes.first[:, 0]).sum()), "spikes": sent, "lost": 0}
        return RateObservation(grid, events, counters, spikes.samples * grid.duration_s)

    def _layer(self, layer: int, codes: NDArray[np.int64], strengths: tuple[Strength, Strength]) -> Layer:
        """Return the constants of a layer with the jumps of its synapses, excitatory and inhibitory."""
        spec, jumps = self.wafer.spec, []
        weakest = spec.floating_gate_max / spec.gmax_div_max  # where `code_rate_hz` is stated
        for sign, strength, gains in zip((1, -1), strengths, self._gains[layer], strict=True):
            unit = spec.code_rate_hz * strength.ratio / weakest / spec.circuits_per_neuron * self.grid.step_s
            jumps.append(pad_columns(unit * np.maximum(sign * codes, 0) * gains, np.dtype(DTYPE), NARROW))
        return Layer(self._neurons[layer], *jumps)


def _neurons(layer: LayerPlacement, wafer: Wafer, grid: TimeGrid) -> Membranes:
    """Merge the circuits of each neuron of a layer."""
    width = wafer.spec.neuron_columns
    merged: dict[str, list[float]] = {}
    for chip, column in zip(layer.chip.tolist(), layer.column.tolist(), strict=True):
        circuits, here = wafer.circuits(chip), np.s_[:, column : column + width]
        leaks = 1 / circuits.tau_mem_s[here]
        values = {
            "tau_mem_s": 1 / leaks.mean(),
            "leak_v": (circuits.leak_v[here] * leaks).sum() / leaks.sum(),
            **{
                name: getattr(circuits, name)[here].mean()
                for name in ("tau_syn_exc_s", "tau_syn_inh_s", "reversal_exc_v", "reversal_inh_v")
            },
            **{name: getattr(circuits, name)[0, column] for name in ("reset_v", "threshold_v", "refractory_s")},
        }
        for name, value in values.items():
            merged.setdefault(name, []).append(float(value))
    return membranes(grid.step_s, **merged)


def _gains(layer: LayerPlacement, wafer: Wafer) -> tuple[Array, Array]:
    """Return what mismatch makes of each synapse, excitatory and inhibitory, (sources, neurons)."""
    exc, inh = np.empty((2, len(layer.sources.line), len(layer.chip)))
    for neuron, (chip, column) in enumerate(zip(layer.chip.tolist(), layer.column.tolist(), strict=True)):
        slots, circuits, synapse = layer.slots[chip], wafer.circuits(chip), wafer.die(chip).synapse
        columns = column + slots.column
        exc[:, neuron] = synapse[slots.side, 2 * slots.driver, columns] * circuits.input_exc[slots.side, columns]
        inh[:, neuron] = synapse[slots.side, 2 * slots.driver + 1, columns] * circuits.input_inh[slots.side, columns]
    return exc, inh
