"""The gradient through a model that knows the die: the upper bound for training in the loop, which does not.

The graph of `torch_ideal.py`, with the parameters of each neuron's own circuits in place of the nominal ones. With the
die's reset r, threshold ϑ, factors on the leak conductance g, time constants, gains γ, the nominal distance D of
threshold and leak, and the potential at which the neuron rests (leak and offset currents, `behavioral/bss2/layer.py`):

    a = exp(−h/τ_s)    b = exp(−h/τ_m)    κ → κ(τ_m, τ_s) γ D / (g (ϑ − rest))    reset → (r − rest) / (ϑ − rest)
    W_j → W_j · gain of the driver of source j        v = ((code − CADC offset) / CADC gain − rest) / (ϑ − rest)

These are what `layer_constants` makes of the die, for both. The four synaptic lines of a neuron are taken as one with
their mean time constant and gain. A distance below a tenth of the nominal one counts as that tenth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...behavioral.bss2.layer import LayerConstants, layer_constants
from ...behavioral.grid import TimeGrid
from ...behavioral.network.ideal import grid_rest
from ...behavioral.network.surrogate import SUPERSPIKE, Surrogate
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.noise import NOISE_PRESETS
from ...errors import ConfigError
from ..observation import Observation
from ..torch_ideal import DenseRecord, NeuronFactors, run_torch_ideal, steps_first
from ..torch_reconstruct import reconstruct
from .chip import Bss2Chip
from .placement import LayerPlacement, route

Array = NDArray[Any]


class KnownDie:
    """The graph for a network placed on a chip; runs on the CPU."""

    def __init__(self, topology: Topology, chip: Bss2Chip, grid: TimeGrid) -> None:
        self.topology, self.chip, self.grid = topology, chip, grid
        self.places = route(topology, chip.spec).layers
        if not topology.usual_neurons:
            raise ConfigError("gradient 'known' is for neurons with the parameters of the chip; use another estimator")
        if any(len(place.blocks) > 1 for place in self.places):
            raise ConfigError(
                f"gradient 'known' is for neurons in one block each, network {topology} has layers in several; use "
                "another estimator"
            )

    def circuits(self, layer: int) -> LayerConstants:
        """Constants of the circuits of a layer, float64, membranes in LSB from where each neuron rests."""
        place = self.places[layer]
        return layer_constants(
            self.chip.spec, self.chip.die, self.grid.step_s, place.circuits, place.place,
            spiking=layer < len(self.topology.hidden), noise=NOISE_PRESETS["off"], quantized=True,
            dtype=np.dtype(np.float64),
        )  # fmt: skip

    def factors(self, layer: int, dtype: torch.dtype) -> NeuronFactors:
        """Factors of the neurons of a layer; the readout has no threshold, its unit is the nominal distance."""
        circuits, count, spec = self.circuits(layer), len(self.places[layer].circuits), self.chip.spec
        neuron = circuits.neuron
        if layer < len(self.topology.hidden):
            unit = 1 / self.distance_lsb(circuits)
        else:
            unit = circuits.cadc.gain * spec.cadc_step_lsb / (spec.swing_lsb * spec.readout_gain)
        values = (
            neuron.decay_line.mean(axis=0), neuron.decay_mem, np.abs(neuron.drive).mean(axis=0) * unit,
            neuron.reset * unit, neuron.start * unit,
        )  # fmt: skip
        decay, mem, drive, reset, start = (torch.tensor(value[:count], dtype=dtype) for value in values)
        return NeuronFactors(decay, mem, drive, reset, start)

    def distance_lsb(self, circuits: LayerConstants) -> Array:
        """Distance of a neuron's threshold from where it rests, CADC LSB."""
        distance: Array = np.maximum(circuits.neuron.threshold, 0.1 * self.chip.spec.swing_lsb)
        return distance

    def membranes(self, seen: Observation, layer: int) -> Array:
        """Recorded membranes of a hidden layer in units of each neuron's own distance, (samples, records, neurons)."""
        circuits, count = self.circuits(layer), len(self.places[layer].circuits)
        offset, gain = (each[:count] for each in (circuits.cadc.offset, circuits.cadc.gain))
        codes = seen.codes(layer).astype(np.float64)
        out: Array = (codes - offset) / gain / self.distance_lsb(circuits)[:count]
        return out

    def run(
        self,
        seen: Observation,
        forward: tuple[Tensor, ...],
        recurrent: tuple[Tensor | None, ...],
        slope: float,
        surrogate: Surrogate = SUPERSPIKE,
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return readout and spike counts as measured, with the gradient of this graph."""
        spec, dtype = self.chip.spec, forward[0].dtype
        factors = tuple(self.factors(layer, dtype) for layer in range(len(forward)))
        gains = tuple(_driver_gains(self.chip, place, dtype) for place in self.places)
        own = [gain[len(weight) :] for gain, weight in zip(gains, forward, strict=True)]
        weights = tuple(w * gain[: len(w), None] for w, gain in zip(forward, gains, strict=True))
        loops = tuple(None if w is None else w * gain[:, None] for w, gain in zip(recurrent, own, strict=False))
        spikes = tuple(steps_first(events.dense(), dtype) for events in seen.spikes)
        ages = tuple(steps_first(events.dense_ages(), dtype) for events in seen.spikes)
        rest_steps = float(grid_rest(spec, self.grid).steps)
        traces = tuple(
            reconstruct(
                torch.from_numpy(self.membranes(seen, layer)).to(dtype).permute(1, 0, 2), z, age, rest_steps,
                factors[layer].reset, factors[layer].start,
            )
            for layer, (z, age) in enumerate(zip(spikes, ages, strict=True))
        )  # fmt: skip
        actives = tuple(
            torch.from_numpy(mask[:, :size])
            for mask, size in zip(seen.recorded.actives, self.topology.hidden, strict=True)
        )
        readout, hidden, _ = run_torch_ideal(
            steps_first(seen.inputs.dense(), dtype), weights, loops, spec, self.grid, slope, actives,
            DenseRecord(spikes, ages, traces, torch.from_numpy(seen.readout)), factors, feeds=self.topology.feeds,
            surrogate=surrogate,
        )  # fmt: skip
        return readout, tuple(z.sum(dim=0) for z in hidden)


def _driver_gains(chip: Bss2Chip, place: LayerPlacement, dtype: torch.dtype) -> Tensor:
    """Gain per source of a layer, own neurons last."""
    return torch.tensor(chip.die.driver_gain[place.hemisphere, place.driver], dtype=dtype)
