"""The exact gradient by automatic differentiation: measured spike times as nodes of a graph of closed forms, float64.

v of a neuron at a time is a sum over all that arrived since its last rest. A spike has the measured time as its value,
and as its derivative −dv/v̇ with v̇ of the model. Loops in Python over samples, neurons and spikes: for small cases.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor


class Membrane(NamedTuple):
    """tau_mem, tau_syn, reset, rest and start of a neuron; graze: the least i − 1 of a spike."""

    tau_mem: float
    tau_syn: float
    reset: float
    rest: float
    start: float
    graze: float

    def kappa(self, time: Tensor) -> Tensor:
        """Where a unit of current leads the membrane in a time."""
        if self.tau_mem == self.tau_syn:
            return time / self.tau_mem * torch.exp(-time / self.tau_mem)
        both = torch.exp(-time / self.tau_syn) - torch.exp(-time / self.tau_mem)
        return self.tau_syn / (self.tau_syn - self.tau_mem) * both

    def value(self, time: Tensor, since: Tensor, start: float, arrival: Tensor, weight: Tensor) -> Tensor:
        """Return v at a time, from `start` at `since`."""
        old, new = arrival < since, (arrival >= since) & (arrival < time)
        woken = (weight[old] * torch.exp((arrival[old] - since) / self.tau_syn)).sum()
        v = start * torch.exp((since - time) / self.tau_mem) + woken * self.kappa(time - since)
        return v + (weight[new] * self.kappa(time - arrival[new])).sum()

    def current(self, time: Tensor, arrival: Tensor, weight: Tensor) -> Tensor:
        """Return i just before a time."""
        before = arrival < time
        return (weight[before] * torch.exp((arrival[before] - time) / self.tau_syn)).sum()


class Events(NamedTuple):
    """Events of one sample and population by time: units, measured times, arrivals, and the times as tensors."""

    unit: list[int]
    time: list[float]
    arrival: list[float]
    node: list[Tensor]


def put_in(measured: float, model: Tensor) -> Tensor:
    """Value of `measured`, gradient of `model`."""
    return model - model.detach() + measured


def layer(
    membrane: Membrane, below: Events, weight: Tensor, recurrent: Tensor | None, measured: Events, counted: Tensor
) -> tuple[Events, Tensor]:
    """Return the spikes of a layer with their times as nodes, and Σ counted · (v − its value) at each."""
    nodes: list[Tensor] = []
    extra = torch.zeros((), dtype=torch.float64)
    last: dict[int, int] = {}
    for k, (n, time) in enumerate(zip(measured.unit, measured.time, strict=True)):
        arrivals = [put_in(a, node) for a, node in zip(below.arrival, below.node, strict=True)]
        weights = [weight[j, n] for j in below.unit]
        if recurrent is not None:
            arrivals += [put_in(a, node) for a, node in zip(measured.arrival[:k], nodes, strict=False)]
            weights += [recurrent[m, n] for m in measured.unit[:k]]
        arrival, w, at = torch.stack(arrivals), torch.stack(weights), torch.tensor(time, dtype=torch.float64)
        start, since = membrane.start, torch.zeros((), dtype=torch.float64)
        if n in last:
            start, since = membrane.reset, nodes[last[n]] + membrane.rest
        last[n] = k
        if since > at:  # recorded within a rest
            nodes.append(at)
            continue
        v = membrane.value(at, since, start, arrival, w)
        rate = (membrane.current(at, arrival, w).detach() - 1).clamp(min=membrane.graze) / membrane.tau_mem
        nodes.append(put_in(time, -v / rate))
        extra = extra + counted[n] * (v - v.detach())
    return measured._replace(node=nodes), extra


def readout(membrane: Membrane, below: Events, weight: Tensor, times: Any) -> Tensor:
    """Return (times, outputs) of leaky integrators."""
    out = []
    for time in times:
        rows = [
            weight[j] * membrane.kappa(time - put_in(a, node))
            for j, a, node in zip(below.unit, below.arrival, below.node, strict=True)
            if a < time
        ]
        out.append(torch.stack(rows).sum(0) if rows else weight[0] * 0)
    return torch.stack(out)
