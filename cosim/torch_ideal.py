"""The ideal network in torch: the reference for the compiled kernels, and what runs on a GPU.

The equations are those of `behavioral/ideal.py`. Recorded spikes and membranes, if given, replace the computed ones
while the gradient keeps flowing through the model (`_put_in`); automatic differentiation of this graph is what
`behavioral/adjoint.py` computes by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..behavioral.grid import TimeGrid
from ..behavioral.ideal import ideal_constants, refractory_steps
from ..behavioral.spec import ChipSpec


@dataclass(frozen=True, eq=False)
class DenseRecord:
    """What a level measured, dense. spikes: per hidden layer (steps, samples, neurons), 0 or 1. membranes: the
    same shape, software units. readout: (samples, records, outputs), software units.
    """

    spikes: tuple[Tensor, ...]
    membranes: tuple[Tensor, ...]
    readout: Tensor


class NeuronFactors(NamedTuple):
    """Factors of one step of a layer: numbers, or tensors over its neurons."""

    decay_syn: float | Tensor
    decay_mem: float | Tensor
    drive: float | Tensor
    reset: float | Tensor


def ideal_factors(spec: ChipSpec, grid: TimeGrid, dtype: Any) -> NeuronFactors:
    """Return the factors of the nominal neuron."""
    constants = ideal_constants(spec, grid, dtype)
    return NeuronFactors(*(float(value) for value in constants[:4]))


class _SuperSpike(torch.autograd.Function):
    """H(v − 1) forwards, 1/(β|v − 1| + 1)² backwards."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, slope: float) -> Tensor:
        ctx.save_for_backward(v)
        ctx.slope = slope
        return (v > 1).to(v.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (v,) = ctx.saved_tensors
        return grad / (ctx.slope * (v - 1).abs() + 1) ** 2, None


def _put_in(measured: Tensor, model: Tensor) -> Tensor:
    """Value of `measured`, gradient of `model`."""
    return model + (measured - model).detach()


def run_torch_ideal(
    inputs: Tensor,
    forward: tuple[Tensor, ...],
    recurrent: tuple[Tensor | None, ...],
    spec: ChipSpec,
    grid: TimeGrid,
    slope: float,
    actives: tuple[Tensor, ...],
    record: DenseRecord | None = None,
    factors: tuple[NeuronFactors, ...] | None = None,
) -> tuple[Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Return readout (samples, records, outputs), and per hidden layer spikes and membranes (steps, samples, neurons).

    inputs: event counts (steps, samples, channels). actives: per hidden layer (samples, neurons), 0 where silenced.
    record: measured values to put in; without it the network runs by itself and the readout has all steps. factors:
    of each layer, the readout last; by default those of the nominal neuron.
    """
    if factors is None:
        factors = (ideal_factors(spec, grid, torch.empty((), dtype=inputs.dtype).numpy().dtype),) * len(forward)
    refractory = refractory_steps(spec, grid)
    spikes, membranes = [], []
    below = inputs
    for layer, weight in enumerate(forward[:-1]):
        measured = None if record is None else (record.spikes[layer], record.membranes[layer])
        z, v = _layer(below @ weight, recurrent[layer], factors[layer], refractory, slope, actives[layer], measured)
        spikes.append(z)
        membranes.append(v)
        below = torch.cat([torch.zeros_like(z[:1]), z[:-1]])
    readout = _readout(below @ forward[-1], factors[-1])
    if record is not None:
        period = grid.steps // record.readout.shape[1]
        readout = _put_in(record.readout, readout[:, period - 1 :: period])
    return readout, tuple(spikes), tuple(membranes)


def _layer(
    charge: Tensor, recurrent: Tensor | None, factors: NeuronFactors, refractory: int, slope: float, active: Tensor,
    measured: Any,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    reset = torch.as_tensor(factors.reset, dtype=charge.dtype, device=charge.device).expand_as(charge[0])
    steps = charge.shape[0]
    i, v = torch.zeros_like(charge[0]), torch.zeros_like(charge[0])
    spikes: list[Tensor] = []
    membranes: list[Tensor] = []
    for t, arriving in enumerate(charge.unbind(0)):
        own = 0.0 if recurrent is None or not t else spikes[-1] @ recurrent
        i = factors.decay_syn * i + arriving + own
        v = factors.decay_mem * v + factors.drive * i
        recent = (spikes if measured is None else measured[0])[max(t - refractory, 0) : t]
        if len(recent):
            clamped = torch.stack(tuple(recent)).detach().sum(dim=0) > 0
            v = torch.where(clamped, reset, v)
        if measured is not None:
            v = _put_in(measured[1][t], v)
        z = _SuperSpike.apply(v, slope) * active  # type: ignore[no-untyped-call]
        if measured is not None:
            z = _put_in(measured[0][t], z)
        membranes.append(v)
        spikes.append(z)
        v = torch.where(z.detach() > 0, reset, v)
    assert len(spikes) == steps
    return torch.stack(spikes), torch.stack(membranes)


def _readout(charge: Tensor, factors: NeuronFactors) -> Tensor:
    i, v = torch.zeros_like(charge[0]), torch.zeros_like(charge[0])
    trace = []
    for arriving in charge.unbind(0):
        i = factors.decay_syn * i + arriving
        v = factors.decay_mem * v + factors.drive * i
        trace.append(v)
    return torch.stack(trace, dim=1)
