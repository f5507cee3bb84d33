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
from ..behavioral.network.surrogate import Surrogate
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..cosim.further import Further
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
    surrogate: Surrogate
    estimator: Estimator


class Kept(Protocol):
    """What the forward pass leaves for the backward pass. read: whether the level was asked for membranes."""

    estimator: Estimator
    read: bool
    spec: Design
    topology: Topology
    slope: float
    surrogate: Surrogate
    further: Further
    weights: NetworkWeights
    observation: Observation


class Measure(torch.autograd.Function):
    """Forward: the level. Backward: the adjoint of the ideal model around what the level measured.

    What backward needs is as it was measured, whatever becomes of weights and input arrays in between.
    """

    @staticmethod
    def forward(
        ctx: Kept, batch: Batch, measured: list[Observation], further: Further, *weights: Tensor | None
    ) -> tuple[Tensor, ...]:
        """Return readout, spike counts of the hidden layers, and the root of what else is asked for (`further.py`).

        The observation is put into `measured`; `further` gets the gradient of what else is asked for.
        """
        arrays: tuple[Any, ...] = tuple(None if w is None else w.detach().numpy().copy() for w in weights)
        network = NetworkWeights(arrays[: batch.layers], arrays[batch.layers :])
        read = batch.estimator.membranes and batch.level.fidelity.membranes  # else they follow from the spikes
        record = read or batch.record_membranes
        seen = batch.level.run(batch.spikes, network, batch.trials, batch.silenced, record_membranes=record)
        measured.append(seen)
        ctx.estimator, ctx.read, ctx.further = batch.estimator, read, further
        ctx.spec, ctx.topology, ctx.weights = batch.spec, batch.topology, network
        ctx.slope, ctx.surrogate = batch.slope, batch.surrogate
        theirs = isinstance(batch.spikes, GridEvents)  # arrays that the caller may use again
        ctx.observation = replace(seen, inputs=_kept(seen.inputs)) if theirs else seen
        counts = [torch.from_numpy(layer.counts(arrays[0].dtype)) for layer in seen.spikes]
        return (torch.from_numpy(seen.readout), *counts, torch.zeros(()))

    @staticmethod
    @once_differentiable
    def backward(ctx: Kept, readout_grad: Tensor, *others: Tensor) -> tuple[Tensor | None, ...]:
        """Return the gradients of the weights."""
        *count_grads, _ = others
        seen = ctx.observation if ctx.read else SPIKES.told(ctx.observation)
        gradients = ctx.estimator.weight_gradients(
            seen, ctx.topology, ctx.weights, ctx.spec, ctx.slope, ctx.surrogate, readout_grad.numpy(),
            tuple(grad.numpy() for grad in count_grads), ctx.further.taken(),
        )  # fmt: skip
        arrays = (*gradients.forward, *gradients.recurrent)
        return None, None, None, *(None if g is None else torch.from_numpy(g) for g in arrays)


def _kept(events: GridEvents) -> GridEvents:
    return replace(events, first=events.first.copy(), unit=events.unit.copy())
