"""What runs, but cannot be meant: input that never reaches the chip, layers that are silent or without measure.

A loss of ln(classes) and chance accuracy are all that is seen of it otherwise, so it is warned of, once.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from ..behavioral.design import Design
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import layer_name
from ..behavioral.numerics.types import Reals
from ..cosim.chip import Chip
from ..cosim.observation import Level, Observation
from ..errors import InloopWarning, sentence
from .network import Network

WINDOW: Final = 1000
"""Samples of a training of one's own after which its activity is judged; the trainer judges each epoch."""
BOUND: Final = 0.7
"""Share of the spikes that rests allow from which a layer as a whole counts as firing without bound."""


@dataclass
class Activity:
    """Events of some samples. hidden: of each layer."""

    samples: int = 0
    inputs: int = 0
    hidden: list[int] = field(default_factory=list)

    def add(self, seen: Observation) -> None:
        """Count a batch."""
        inputs, *counts = (int((each.first[:, -1] - each.first[:, 0]).sum()) for each in (seen.inputs, *seen.spikes))
        self.samples += seen.inputs.samples
        self.inputs += inputs
        self.hidden = [a + b for a, b in zip(self.hidden or [0] * len(counts), counts, strict=True)]

    def faults(self, topology: Topology, most: float) -> dict[str, str]:
        """Say what is wrong with the activity, by kind. most: spikes of a neuron and sample that rests allow."""
        if not self.samples:
            return {}
        if not self.inputs:
            return {
                "input": f"no input event reaches the chip in {self.samples:,} samples; look at the data, at the units "
                "of its times, and at the window"
            }
        for layer, spikes in enumerate(self.hidden):
            name, rate = layer_name(layer, topology), spikes / self.samples / topology.hidden[layer]
            if not spikes:
                return {
                    f"silent {layer}": f"{name} never fires, no hidden spikes of it in {self.samples:,} samples; raise "
                    "the mean or the scale of the initial weights, or lower the threshold"
                }
            if rate > BOUND * most:
                return {
                    f"bound {layer}": f"{name} fires without bound, {rate:.1f} spikes per neuron and sample of "
                    f"{most:.1f} that its rests allow; lower its weights, or the learning rate"
                }
        return {}


def zero_codes(weights: list[Reals], topology: Topology, level: Level, spec: Design) -> dict[str, str]:
    """Say which layers have weights that are all rounded to code 0 at a level."""
    step = 1 / spec.weight_lsb_per_unit if np.isfinite(level.weight_limit) else 0.0
    found = {}
    for layer, weight in enumerate(weights):
        scaled = layer == len(topology.hidden) and not spec.spiking_outputs
        largest, least = float(np.abs(weight).max(initial=0.0)), 0.0 if scaled else step / 2
        if largest <= least:
            found[f"zero {layer}"] = (
                f"{layer_name(layer, topology)} has only zero codes, its largest weight is {largest:.3g} and a code "
                f"stands for {step:.3g}; raise the scale of its weights"
            )
    return found


class Watched(Protocol):
    """What is looked at of a model."""

    network: Network
    level: Level
    chip: Chip


class Watch:
    """Warns of a model, of each thing once."""

    def __init__(self) -> None:
        self.activity, self.said = Activity(), set[str]()

    def see(self, model: Watched, seen: Observation) -> None:
        """Count a batch of a training, and judge every `WINDOW` samples."""
        if not self.activity.samples:
            self.look(model)
        self.activity.add(seen)
        if self.activity.samples >= WINDOW:
            self.judge(model)

    def look(self, model: Watched) -> None:
        """Warn of the weights."""
        weights = [weight.detach().cpu().numpy() for weight in model.network.forward_weights]
        self._warn(zero_codes(weights, model.network.topology, model.level, model.chip.spec))

    def judge(self, model: Watched, activity: Activity | None = None) -> None:
        """Warn of what was counted, by default of the training since it was last judged."""
        if activity is None:
            activity, self.activity = self.activity, Activity()
        grid = model.level.grid
        most = grid.duration_s / max(model.chip.spec.refractory_s, grid.step_s)
        self._warn(activity.faults(model.network.topology, most))

    def _warn(self, faults: dict[str, str]) -> None:
        for kind, text in faults.items():
            if kind not in self.said:
                self.said.add(kind)
                warnings.warn(sentence(text), InloopWarning, stacklevel=4)
