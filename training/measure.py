"""One batch on a level as a function that torch can differentiate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.autograd.function import once_differentiable

from ..behavioral.design import Design
from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..cosim.gradient import weight_gradients
from ..cosim.observation import Level, Observation
from .estimators import SPIKES, Estimator


@dataclass(frozen=True, eq=False)
class Batch:
    """What is run, and how its gradient is estimated; see `InTheLoop`. layers: of forward weights."""

    level: Level
    spec: Design
    topology: Topology
    spikes: SpikeBatch | GridEvents
    trials: NDArray[np.uint64]
    silenced: tuple[NDArray[np.bool_], ...] | None
    record_membranes: bool
    layers: int
    slope: float
    estimator: Estimator


class Kept(Protocol):
    """What the forward pass leaves for the backward pass. read: whether the level was asked for membranes."""

    estimator: Estimator
    read: bool
    spec: Design
    topology: Topology
    slope: float
    weights: NetworkWeights
    observation: Observation


class Measure(torch.autograd.Function):
    """Forward: the level. Backward: the adjoint of the ideal model around what the level measured.

    What backward needs is as it was measured, whatever becomes of weights and input arrays in between.
    """

    @staticmethod
    def forward(ctx: Kept, batch: Batch, measured: list[Observation], *weights: Tensor | None) -> tuple[Tensor, ...]:
        """Return readout and spike counts of the hidden layers; put the observation into `measured`."""
        arrays: tuple[Any, ...] = tuple(None if w is None else w.detach().numpy().copy() for w in weights)
        network = NetworkWeights(arrays[: batch.layers], arrays[batch.layers :])
        read = batch.estimator.membranes and batch.level.fidelity.membranes  # else they follow from the spikes
        record = read or batch.record_membranes
        seen = batch.level.run(batch.spikes, network, batch.trials, batch.silenced, record_membranes=record)
        measured.append(seen)
        ctx.estimator, ctx.read = batch.estimator, read
        ctx.spec, ctx.topology, ctx.slope, ctx.weights = batch.spec, batch.topology, batch.slope, network
        theirs = isinstance(batch.spikes, GridEvents)  # arrays that the caller may use again
        ctx.observation = replace(seen, inputs=_kept(seen.inputs)) if theirs else seen
        counts = [torch.from_numpy(layer.counts(arrays[0].dtype)) for layer in seen.spikes]
        return (torch.from_numpy(seen.readout), *counts)

    @staticmethod
    @once_differentiable
    def backward(ctx: Kept, readout_grad: Tensor, *count_grads: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the weights."""
        seen = ctx.observation if ctx.read else SPIKES.told(ctx.observation)
        gradients = weight_gradients(
            ctx.estimator.told(seen), ctx.topology, ctx.weights, ctx.spec, ctx.slope, readout_grad.numpy(),
            tuple(grad.numpy() for grad in count_grads),
        )  # fmt: skip
        arrays = (*gradients.forward, *gradients.recurrent)
        return None, None, *(None if g is None else torch.from_numpy(g) for g in arrays)


def _kept(events: GridEvents) -> GridEvents:
    return replace(events, first=events.first.copy(), unit=events.unit.copy())
