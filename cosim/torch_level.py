"""A level run densely in torch, gradient included: on a GPU, and as the reference on the CPU."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..behavioral.events import GridEvents, SpikeBatch
from ..behavioral.network.surrogate import SUPERSPIKE, Surrogate
from ..behavioral.network.weights import NetworkWeights
from ..errors import ConfigError
from .bss2.behavioral import BehavioralLevel
from .bss2.torch_behavioral import run_torch_behavioral
from .buffers import checked_inputs
from .ideal import IdealLevel
from .observation import Level
from .torch_ideal import run_torch_ideal


def run_dense(
    level: Level,
    spikes: SpikeBatch | GridEvents,
    forward: tuple[Tensor, ...],
    recurrent: tuple[Tensor | None, ...],
    trials: NDArray[np.uint64],
    silenced: tuple[NDArray[np.bool_], ...] | None,
    slope: float,
    surrogate: Surrogate = SUPERSPIKE,
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Return readout (samples, records, outputs) and spike counts per hidden layer (samples, neurons).

    Runs on the device and in the dtype of the weights; automatic differentiation gives the in-the-loop gradient.
    """
    assert isinstance(level, (IdealLevel, BehavioralLevel))
    if not level.topology.usual_neurons:
        raise ConfigError("neurons with parameters of their own run on the CPU alone; use --device cpu")
    device, dtype = forward[0].device, forward[0].dtype
    weights = NetworkWeights(
        tuple(w.detach().cpu().numpy() for w in forward),
        tuple(None if w is None else w.detach().cpu().numpy() for w in recurrent),
    )
    events = checked_inputs(spikes, weights, trials, level.topology, level.grid)
    inputs = torch.from_numpy(events.dense()).to(device, dtype).permute(1, 0, 2).contiguous()
    actives = tuple(
        torch.ones(events.samples, size, dtype=dtype, device=device)
        if silenced is None
        else torch.from_numpy(~silenced[layer]).to(device, dtype)
        for layer, size in enumerate(level.topology.hidden)
    )
    record = None
    if isinstance(level, BehavioralLevel):
        record = run_torch_behavioral(level, inputs, weights, trials, actives)
    readout, hidden, _ = run_torch_ideal(
        inputs, forward, recurrent, level.spec, level.grid, slope, actives, record,
        readout_start=level.readout_start(weights), feeds=level.topology.feeds, surrogate=surrogate,
    )  # fmt: skip
    return readout, tuple(z.sum(dim=0) for z in hidden)
