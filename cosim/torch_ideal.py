"""The ideal network in torch: the reference for the compiled kernels, and what runs on a GPU.

The equations are those of `ideal.py` and `crossing.py` in `behavioral/network/`. Recorded spikes and membranes, if
given, replace the computed ones while the gradient keeps flowing through the model (`_put_in`); automatic
differentiation of this graph is what `adjoint.py` there computes by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..behavioral.design import Design
from ..behavioral.grid import TimeGrid
from ..behavioral.network.crossing import ROUNDING, Rest
from ..behavioral.network.ideal import grid_rest, ideal_constants, layer_constants
from ..behavioral.network.surrogate import SUPERSPIKE, Surrogate
from ..behavioral.network.topology import Topology
from ..errors import ConfigError, shown


@dataclass(frozen=True, eq=False)
class DenseRecord:
    """What a level measured, dense. spikes: per hidden layer (steps, samples, neurons), 0 or 1. ages, in steps, and
    membranes, in software units, None where not known: the same shape. readout: (samples, records, outputs), software
    units.
    """

    spikes: tuple[Tensor, ...]
    ages: tuple[Tensor, ...]
    membranes: tuple[Tensor | None, ...]
    readout: Tensor


Factor = float | Tensor


class NeuronFactors(NamedTuple):
    """Factors of one step of a layer: numbers, or tensors over its neurons. start: membranes before the first step."""

    decay_syn: Factor | tuple[Factor, ...]
    decay_mem: Factor
    drive: Factor | tuple[Factor, ...]
    reset: Factor
    start: Factor
    threshold: Factor = 1.0
    pull: Factor = 0.0
    rest: Rest | None = None


def own_factors(
    topology: Topology, spec: Design, grid: TimeGrid, dtype: torch.dtype
) -> tuple[NeuronFactors, ...] | None:
    """Return the factors of layers whose neurons have parameters of their own; None if none have."""
    if topology.usual_neurons:
        return None
    kind = torch.empty((), dtype=dtype).numpy().dtype
    out = []
    for constants, size in zip(layer_constants(topology, spec, grid, kind), topology.sizes[1:], strict=True):
        decay, mem, drive, reset, start, threshold, pull = (
            torch.from_numpy(np.asarray(value)[..., :size]) for value in constants[:7]
        )
        rest = Rest(torch.from_numpy(np.asarray(constants.rest.steps)[:size]), constants.rest.cycles)  # type: ignore[arg-type]
        out.append(NeuronFactors(tuple(decay), mem, tuple(drive), reset, start, threshold, pull, rest))
    return tuple(out)


def _lines(factor: Factor | tuple[Factor, ...]) -> tuple[Factor, ...]:
    return factor if isinstance(factor, tuple) else (factor,)


def _split(weight: Tensor, lines: int) -> tuple[Tensor, ...]:
    """Return what of a weight is on each synaptic line; see `behavioral/network/lines.py`."""
    if lines == 1:
        return (weight,)
    positive = (weight >= 0).to(weight.dtype)
    return weight * positive, weight * (1 - positive)


def ideal_factors(spec: Design, grid: TimeGrid, dtype: Any) -> NeuronFactors:
    """Return the factors of the nominal neuron."""
    constants = ideal_constants(spec, grid, dtype)
    decay, mem, drive, reset, start = (float(value) for value in constants[:5])
    return NeuronFactors(decay, mem, drive, reset, start)


class _Threshold(torch.autograd.Function):
    """H(v − 1) forwards, the surrogate backwards."""

    @staticmethod
    def forward(ctx: Any, v: Tensor, slope: float, surrogate: Surrogate) -> Tensor:
        ctx.save_for_backward(v)
        ctx.slope, ctx.surrogate = slope, surrogate
        return (v > 1).to(v.dtype)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        (v,) = ctx.saved_tensors
        if ctx.surrogate.built_in:
            return grad / (ctx.slope * (v - 1).abs() + 1) ** 2, None, None
        return grad * _derivative(ctx.surrogate, v - 1, ctx.slope), None, None


def _derivative(surrogate: Surrogate, x: Tensor, slope: float) -> Tensor:
    """Return the values of a surrogate; of one that is written for numbers alone by its compiled code."""
    try:
        return torch.as_tensor(surrogate.function(x, slope)).to(x)
    except Exception as error:
        if x.device.type == "cpu" and surrogate.compiles:
            return torch.from_numpy(surrogate.rows(x.numpy(), slope))
        raise ConfigError(
            f"surrogate {shown(surrogate.function)} takes no tensor: {shown(error)}; write it with operators and torch"
        ) from None


class Resting:
    """The rests of neurons on a time grid, dense: `behavioral/network/crossing.py` for tensors of one shape."""

    def __init__(self, like: Tensor, rest: Rest) -> None:
        self.rest, self.left = rest, torch.zeros_like(like)

    def share(self) -> Tensor:
        """Return the shares of the coming step for which the neurons are awake."""
        return 1 - self.left.clamp(max=1)

    def age(self, share: Tensor, before: Tensor, found: Tensor, threshold: Tensor | float) -> Tensor:
        """Return the ages of spikes of membranes that went from `before` to `found`."""
        rise = found - before
        crossed = share * (found - threshold) / torch.where(rise > 0, rise, torch.ones_like(rise))
        crossed = torch.where((rise > 0) & (crossed < share), crossed, share)
        cycles = float(self.rest.cycles)
        return ((crossed * cycles - ROUNDING).ceil() - 1).clamp(min=0) / cycles

    def step(self, fired: Tensor, age: Tensor) -> None:
        """Let a step pass in which the neurons of the mask `fired` spiked."""
        left = (self.left - 1).clamp(min=0)
        steps: Any = self.rest.steps
        self.left = torch.where(fired, steps - age, left)


def _put_in(measured: Tensor, model: Tensor) -> Tensor:
    """Value of `measured`, gradient of `model`."""
    return model + (measured - model).detach()


def run_torch_ideal(
    inputs: Tensor,
    forward: tuple[Tensor, ...],
    recurrent: tuple[Tensor | None, ...],
    spec: Design,
    grid: TimeGrid,
    slope: float,
    actives: tuple[Tensor, ...],
    record: DenseRecord | None = None,
    factors: tuple[NeuronFactors, ...] | None = None,
    readout_start: float = 0.0,
    feeds: tuple[tuple[int, ...], ...] | None = None,
    surrogate: Surrogate = SUPERSPIKE,
) -> tuple[Tensor, tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Return readout (samples, records, outputs), and per hidden layer spikes and membranes (steps, samples, neurons).

    inputs: event counts (steps, samples, channels). actives: per hidden layer (samples, neurons), 0 where silenced.
    record: measured values to put in; without it the network runs by itself and the readout has all steps. factors:
    of each layer, the readout last; by default those of the nominal neuron. readout_start: membranes of the readout
    before the first step. feeds: see `Topology`, by default those of a chain.
    """
    if feeds is None:
        feeds = tuple((k,) for k in range(len(forward)))
    if factors is None:
        factors = (ideal_factors(spec, grid, torch.empty((), dtype=inputs.dtype).numpy().dtype),) * len(forward)
    rest = grid_rest(spec, grid, torch.empty((), dtype=inputs.dtype).numpy().dtype)
    spikes, membranes, arriving = [], [], [inputs]
    for layer, weight in enumerate(forward[:-1]):
        measured = None if record is None else (record.spikes[layer], record.membranes[layer], record.ages[layer])
        z, v = _layer(
            joined(arriving, feeds[layer]),
            (weight, recurrent[layer]),
            factors[layer],
            factors[layer].rest or rest,
            (slope, surrogate),
            actives[layer],
            measured,
        )
        spikes.append(z)
        membranes.append(v)
        arriving.append(torch.cat([torch.zeros_like(z[:1]), z[:-1]]))
    readout = _readout(joined(arriving, feeds[-1]), forward[-1], factors[-1], readout_start)
    if record is not None:
        period = grid.steps // record.readout.shape[1]
        readout = _put_in(record.readout, readout[:, period - 1 :: period])
    return readout, tuple(spikes), tuple(membranes)


def joined(arriving: list[Tensor], feeds: tuple[int, ...]) -> Tensor:
    """Return what feeds a layer, (steps, samples, sources), of what arrives in each step from inputs and layers."""
    parts = [arriving[source] for source in feeds]
    return parts[0] if len(parts) == 1 else torch.cat([arriving[0][..., :0], *parts], dim=2)


def _layer(
    below: Tensor, weights: tuple[Tensor, Tensor | None], factors: NeuronFactors, rest: Rest,
    surrogate: tuple[float, Surrogate], active: Tensor, measured: Any,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    decay, drive, recurrent = _lines(factors.decay_syn), _lines(factors.drive), weights[1]
    charges = [below @ part for part in _split(weights[0], len(decay))]
    own = None if recurrent is None else _split(recurrent, len(decay))
    like = charges[0][0]
    reset, start, threshold = (
        torch.as_tensor(each, dtype=like.dtype, device=like.device).expand_as(like)
        for each in (factors.reset, factors.start, factors.threshold)
    )
    currents = [torch.zeros_like(like) for _ in decay]
    v, resting = start, Resting(like, rest)
    spikes: list[Tensor] = []
    membranes: list[Tensor] = []
    for t in range(len(below)):
        for line, charge in enumerate(charges):
            looped = 0.0 if own is None or not t else spikes[-1] @ own[line]
            currents[line] = decay[line] * currents[line] + charge[t] + looped
        share = resting.share()
        before = torch.where(share == 1, v, reset)
        free = factors.decay_mem * before
        for line, current in enumerate(currents):
            free = free + drive[line] * current
        free = free + factors.pull
        v = torch.where(share == 1, free, reset + share * (free - reset))
        if measured is not None and measured[1] is not None:
            v = _put_in(measured[1][t], v)
        z = _Threshold.apply(v + (1 - threshold), *surrogate) * active * (share > 0)  # type: ignore[no-untyped-call]
        if measured is not None:
            z = _put_in(measured[0][t], z)
        membranes.append(v)
        spikes.append(z)
        fired = z.detach() > 0
        age = resting.age(share, before.detach(), v.detach(), threshold) if measured is None else measured[2][t]
        resting.step(fired, age)
        v = torch.where(fired, reset, v)
    return torch.stack(spikes), torch.stack(membranes)


def _readout(below: Tensor, weight: Tensor, factors: NeuronFactors, start: float) -> Tensor:
    decay, drive = _lines(factors.decay_syn), _lines(factors.drive)
    charges = [below @ part for part in _split(weight, len(decay))]
    currents, v = [torch.zeros_like(charges[0][0]) for _ in decay], torch.full_like(charges[0][0], start)
    trace = []
    for t in range(len(below)):
        v = factors.decay_mem * v
        for line, charge in enumerate(charges):
            currents[line] = decay[line] * currents[line] + charge[t]
            v = v + drive[line] * currents[line]
        trace.append(v)
    return torch.stack(trace, dim=1)


def steps_first(values: NDArray[Any], dtype: torch.dtype) -> Tensor:
    """Turn (samples, steps, units) into (steps, samples, units)."""
    return torch.from_numpy(values).to(dtype).permute(1, 0, 2).contiguous()
