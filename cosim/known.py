"""The gradient through a model that knows the die: the upper bound for training in the loop, which does not.

The graph of `torch_ideal.py`, with the parameters of each neuron's own circuits in place of the nominal ones. With the
die's leak, reset r, threshold ϑ, time constants, gains g and the nominal distance D of threshold and leak:

    a = exp(−h/τ_s)    b = exp(−h/τ_m)    κ → κ(τ_m, τ_s) g D / (ϑ − leak)    reset → (r − leak) / (ϑ − leak)
    W_j → W_j · gain of the driver of source j        v = ((code − CADC offset) / CADC gain − leak) / (ϑ − leak)

The four synaptic lines of a neuron are taken as one with their mean time constant and gain. A distance below a tenth
of the nominal one counts as that tenth.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..behavioral.grid import TimeGrid
from ..behavioral.ideal import refractory_steps
from ..behavioral.propagator import propagator
from ..behavioral.topology import Topology
from .chip import Chip
from .observation import Observation
from .routing import LayerPlacement, route
from .torch_behavioral import reconstruct
from .torch_ideal import DenseRecord, NeuronFactors, run_torch_ideal

Array = NDArray[Any]


class KnownDie:
    """The graph for a network placed on a chip; runs on the CPU."""

    def __init__(self, topology: Topology, chip: Chip, grid: TimeGrid) -> None:
        self.topology, self.chip, self.grid = topology, chip, grid
        self.places = route(topology, chip.spec).layers()

    def factors(self, layer: int, dtype: torch.dtype) -> NeuronFactors:
        """Factors of the neurons of a layer; the readout has no threshold, its unit is the nominal distance."""
        spec, die, columns = self.chip.spec, self.chip.die, self.places[layer].columns
        tau_syn = np.stack([die.tau_syn_exc[:, columns], die.tau_syn_inh[:, columns]]).mean(axis=(0, 1))
        gain = np.stack([die.gain_exc[:, columns], die.gain_inh[:, columns]]).mean(axis=(0, 1))
        step = propagator(self.grid.step_s, spec.tau_mem_s * die.tau_mem[0, columns], spec.tau_syn_s * tau_syn)
        if layer < len(self.topology.hidden):
            unit = spec.swing_lsb / self.distance_lsb(columns)
        else:
            unit = die.cadc_gain[0, columns]
        reset = spec.reset_lsb - spec.leak_lsb + die.reset_lsb[0, columns] - die.leak_lsb[0, columns]
        values = (step.decay_syn, step.decay_mem, step.drive * gain * unit, reset * unit / spec.swing_lsb)
        return NeuronFactors(*(torch.tensor(value, dtype=dtype) for value in values))

    def distance_lsb(self, columns: Array) -> Array:
        """Distance of threshold and leak of neurons, CADC LSB."""
        spec, die = self.chip.spec, self.chip.die
        distance: Array = spec.swing_lsb + die.threshold_lsb[0, columns] - die.leak_lsb[0, columns]
        return np.maximum(distance, 0.1 * spec.swing_lsb)

    def membranes(self, seen: Observation, layer: int) -> Array:
        """Recorded membranes of a hidden layer in units of each neuron's own distance, (samples, records, neurons)."""
        die, columns = self.chip.die, self.places[layer].columns
        codes = seen.membranes[layer][..., : len(columns)].astype(np.float64)
        voltage = (codes * self.chip.spec.cadc_step_lsb - die.cadc_offset_lsb[0, columns]) / die.cadc_gain[0, columns]
        out: Array = (voltage - self.chip.spec.leak_lsb - die.leak_lsb[0, columns]) / self.distance_lsb(columns)
        return out

    def run(
        self, seen: Observation, forward: tuple[Tensor, ...], recurrent: tuple[Tensor | None, ...], slope: float
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Return readout and spike counts as measured, with the gradient of this graph."""
        spec, dtype = self.chip.spec, forward[0].dtype
        factors = tuple(self.factors(layer, dtype) for layer in range(len(forward)))
        gains = tuple(_driver_gains(self.chip, place, dtype) for place in self.places)
        own = [gain[len(weight) :] for gain, weight in zip(gains, forward, strict=True)]
        weights = tuple(w * gain[: len(w), None] for w, gain in zip(forward, gains, strict=True))
        loops = tuple(None if w is None else w * gain[:, None] for w, gain in zip(recurrent, own, strict=False))
        spikes = tuple(_dense(events, dtype) for events in seen.spikes)
        traces = tuple(
            reconstruct(
                torch.from_numpy(self.membranes(seen, layer)).to(dtype).permute(1, 0, 2), z,
                refractory_steps(spec, self.grid), factors[layer].reset,
            )
            for layer, z in enumerate(spikes)
        )  # fmt: skip
        actives = tuple(
            torch.from_numpy(mask[:, :size]) for mask, size in zip(seen.actives, self.topology.hidden, strict=True)
        )
        readout, hidden, _ = run_torch_ideal(
            _dense(seen.inputs, dtype), weights, loops, spec, self.grid, slope, actives,
            DenseRecord(spikes, traces, torch.from_numpy(seen.readout)), factors,
        )  # fmt: skip
        return readout, tuple(z.sum(dim=0) for z in hidden)


def _driver_gains(chip: Chip, place: LayerPlacement, dtype: torch.dtype) -> Tensor:
    """Gain per source of a layer, own neurons last."""
    return torch.tensor(chip.die.driver_gain[place.hemisphere, place.driver], dtype=dtype)


def _dense(events: Any, dtype: torch.dtype) -> Tensor:
    """Events on the grid as (steps, samples, units)."""
    return torch.from_numpy(events.dense()).to(dtype).permute(1, 0, 2).contiguous()
