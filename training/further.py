"""What was observed beside readout and spike counts, as tensors with gradients, made when they are asked for.

They are functions of the root that `Measure` returns, whose value and gradient are zero: it makes torch run their
backward passes first, which leave their gradients where the one of `Measure` takes them up. What nobody asks for costs
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..behavioral.events import GridEvents
from ..cosim.further import Further
from ..cosim.observation import Observation
from ..errors import ConfigError
from ..scalars import whole


class SpikeTimes(NamedTuple):
    """Spikes of a layer. sample, unit: int64 (spikes), by sample and step. time_s: (spikes), seconds, with gradient."""

    sample: Tensor
    unit: Tensor
    time_s: Tensor


class _Seen(torch.autograd.Function):
    """A tensor that was observed; its gradient goes to `into`."""

    @staticmethod
    def forward(ctx: Any, _: Tensor, value: Tensor, into: Further, kind: str, layer: int) -> Tensor:
        ctx.into, ctx.kind, ctx.layer = into, kind, layer
        return value.clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Any:
        ctx.into.add(ctx.kind, ctx.layer, gradient.numpy().copy())
        return torch.zeros(()), None, None, None, None


@dataclass(frozen=True, eq=False)
class Seen:
    """What a level observed of the hidden layers. root, into: of a `Measure`; None: there is no gradient."""

    observation: Observation
    dtype: torch.dtype
    root: Tensor | None
    into: Further

    def spike_train(self, layer: int, bin_steps: int) -> Tensor:
        """Spikes in bins of whole grid steps, (samples, bins, neurons)."""
        steps = self.observation.grid.steps
        if steps % whole(bin_steps, "bin_steps"):
            raise ConfigError(f"bin_steps = {bin_steps} must divide the {steps} steps of the grid")
        train = self._made("trains", layer, torch.from_numpy(self._events(layer).dense()))
        samples, _, neurons = train.shape
        return train.reshape(samples, steps // bin_steps, bin_steps, neurons).sum(dim=2)

    def spike_times(self, layer: int) -> SpikeTimes:
        """All spikes of a layer."""
        self._events(layer)
        batch = self.observation.spike_batch(layer)
        sample = np.repeat(np.arange(batch.samples), np.diff(batch.offsets))
        time_s = self._made("times", layer, torch.from_numpy(batch.time_s))
        return SpikeTimes(torch.from_numpy(sample), torch.from_numpy(batch.unit.astype(np.int64)), time_s)

    def first_spikes_s(self, layer: int) -> Tensor:
        """Time of the first spike of each neuron (samples, neurons); the end of the window where there is none."""
        spikes, events, grid = self.spike_times(layer), self._events(layer), self.observation.grid
        out = torch.full((events.samples * events.units,), grid.duration_s, dtype=spikes.time_s.dtype)
        place = spikes.sample * events.units + spikes.unit
        order = np.argsort(-spikes.time_s.detach().numpy(), kind="stable")
        first = np.full(len(out), -1)
        first[place.numpy()[order]] = order  # of several the last one stays, the first spike
        fired = torch.from_numpy(np.flatnonzero(first >= 0))
        chosen = spikes.time_s[torch.from_numpy(first)[fired]]
        return out.index_put((fired,), chosen).reshape(events.samples, events.units)

    def membrane(self, layer: int) -> Tensor:
        """Membranes as recorded, (samples, records, neurons), software units."""
        return self._made("membranes", layer, torch.from_numpy(self.observation.membrane(layer)))

    def _events(self, layer: int) -> GridEvents:
        layers = len(self.observation.spikes)
        if not -layers <= layer < layers:
            raise ConfigError(f"layer = {layer} must be a hidden layer, 0 to {layers - 1}")
        return self.observation.spikes[layer]

    def _made(self, kind: str, layer: int, value: Tensor) -> Tensor:
        layer %= len(self.observation.spikes)
        value = value.to(self.dtype)
        if self.root is None:
            return value
        out: Tensor = _Seen.apply(self.root, value, self.into, kind, layer)  # type: ignore[no-untyped-call]
        return out
