"""Exact gradients from spike times: EventProp (Wunderlich and Pehle, Sci. Rep. 11, 12829, 2021), spikes put in.

Between events a neuron obeys τ_m dv/dt = −v + i, τ_s di/dt = −i (`propagator.py`); i jumps by w at an arrival, v goes
to r at a spike and stays there for the rest R. λ_v = ∂loss/∂v and λ_i = ∂loss/∂i run backward in time by these factors

    λ_v(t) = b λ_v(t+h)      λ_i(t) = a λ_i(t+h) + κ λ_v(t+h)       over h without events; λ_v = 0 in a rest

and jump where events are, for a spike at s that arrives at others at times x and wakes at s + R:

    record at t         λ_v ← λ_v + ∂loss/∂v(t)
    arrival at x        ∂loss/∂w ← ∂loss/∂w + λ_i        ∂loss/∂s ← ∂loss/∂s + Σ w (λ_i/τ_s − λ_v/τ_m)
    end of rest         ∂loss/∂s ← ∂loss/∂s − λ_v (i − r)/τ_m        λ_v ← 0
    spike at s          λ_v ← c − ∂loss/∂s · τ_m / max(i − 1, g)

s moves with the membrane by −δv/v̇, and τ_m v̇ = i − 1 is the current of the model where the neuron was measured to
spike. A spike that grazes the threshold would move without bound, and where circuits differ from the model i may be
below 1: so g bounds it from below. The number of spikes is constant wherever it has a derivative; so that its
gradient c, of regularisers, can act at all, it acts on the membrane at each spike, as with a surrogate, which is 1
there. Neurons that never fire get no gradient except from their records.

The sweep is that of one population, over any number of streams of events, merged by time.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..numerics.compiled import kernel
from ..numerics.simd import load, splat, store
from ..numerics.types import Reals
from ..numerics.vectors import NARROW, add

Array = NDArray[Any]
GRAZE: Final = 0.2
"""g where none is given."""


class Neurons(NamedTuple):
    """Constants of a population: float64 (lanes), times in seconds, v from leak 0 to threshold 1.

    equal: whether all are. rest_s: of all. graze: g.
    """

    tau_mem: Array
    tau_syn: Array
    reset: Array
    equal: bool
    rest_s: float
    graze: float


class Traffic(NamedTuple):
    """Events of one sample: of stream s the first counts[s] entries of its rows, in order of time.

    unit: who spiked. time, arrival: when, and when all targets get it, seconds. grad: ∂loss/∂time, added to. jump: c.
    wanted: per stream, whether grad is. All but counts and wanted: (streams, room).
    """

    counts: Array
    unit: Array
    time: Array
    arrival: Array
    grad: Array
    jump: Array
    wanted: Array


class Arrivals(NamedTuple):
    """What reaches a population in one sample, by time. row: of its weights; event: of the stream."""

    time: Array
    row: Array
    stream: Array
    event: Array


class Rests(NamedTuple):
    """Of each spike of a population in one sample.

    wake: end of its rest, seconds; none: infinity. order: spikes in the order of their wakes. crossed: 0 where a spike
    was recorded within the rest before it. at_spike, at_wake: i just before.
    """

    wake: Array
    order: Array
    crossed: Array
    at_spike: Array
    at_wake: Array


class Adjoint(NamedTuple):
    """λ_v and λ_i of a population (lanes), and what the sweep keeps beside them.

    since: the time of a neuron that had an event of its own since all were moved, seconds. lanes: these neurons.
    ahead: room for their λ while the others are moved. asleep: whether in a rest.
    """

    v: Reals
    i: Reals
    since: Array
    ahead: Array
    lanes: Array
    asleep: Array


@kernel
def merge(traffic, incoming, arrivals):  # type: ignore[no-untyped-def]
    """Fill `arrivals` from streams; return how many there are. incoming: (streams, 2), each a stream and first row."""
    place = np.zeros(incoming.shape[0], np.int64)
    count = 0
    while True:
        earliest, which = np.inf, -1
        for k in range(incoming.shape[0]):
            stream = incoming[k, 0]
            if place[k] < traffic.counts[stream] and traffic.arrival[stream, place[k]] < earliest:
                earliest, which = traffic.arrival[stream, place[k]], k
        if which < 0:
            return count
        stream = incoming[which, 0]
        arrivals.time[count] = earliest
        arrivals.row[count] = incoming[which, 1] + traffic.unit[stream, place[which]]
        arrivals.stream[count] = stream
        arrivals.event[count] = place[which]
        place[which] += 1
        count += 1


@kernel
def _find_rests(neurons, traffic, own, rests):  # type: ignore[no-untyped-def]
    """Fill wake, order and crossed."""
    last = np.full(neurons.reset.shape[0], -1)
    for s in range(traffic.counts[own]):
        unit, time = traffic.unit[own, s], traffic.time[own, s]
        before = last[unit]
        rests.crossed[s] = 1
        if before >= 0 and rests.wake[before] > time:
            rests.wake[before], rests.crossed[s] = np.inf, 0
        rests.wake[s] = time + neurons.rest_s
        last[unit] = s
    for s in range(traffic.counts[own]):
        k = s
        while k and rests.wake[rests.order[k - 1]] > rests.wake[s]:
            rests.order[k] = rests.order[k - 1]
            k -= 1
        rests.order[k] = s


@kernel
def _find_currents(neurons, traffic, own, weight, arrivals, count, rests):  # type: ignore[no-untyped-def]
    """Fill at_spike and at_wake: the currents of the model with these arrivals."""
    spikes = traffic.counts[own]
    i = np.zeros(weight.shape[1], weight.dtype)
    now, s, w = 0.0, 0, 0
    for e in range(count + 1):
        until = arrivals.time[e] if e < count else np.inf
        while s < spikes and traffic.time[own, s] <= until:
            n = traffic.unit[own, s]
            rests.at_spike[s] = i[n] * np.exp((now - traffic.time[own, s]) / neurons.tau_syn[n])
            s += 1
        while w < spikes and rests.wake[rests.order[w]] <= until:
            woken = rests.order[w]
            n = traffic.unit[own, woken]
            rests.at_wake[woken] = i[n] * np.exp((now - rests.wake[woken]) / neurons.tau_syn[n])
            w += 1
        if s == spikes and w == spikes:
            return
        if until > now:
            if neurons.equal:
                decay = i.dtype.type(np.exp((now - until) / neurons.tau_syn[0]))
                for n in range(i.shape[0]):
                    i[n] *= decay
            else:
                for n in range(i.shape[0]):
                    i[n] *= i.dtype.type(np.exp((now - until) / neurons.tau_syn[n]))
            now = until
        add(i, weight[arrivals.row[e]])


@kernel
def _factors(neurons, n, length):  # type: ignore[no-untyped-def]
    """Return b, a and κ of neuron n over a length of time; see `propagator.py`."""
    decay_mem = np.exp(-length / neurons.tau_mem[n])
    ratio = length / neurons.tau_mem[n]
    if neurons.tau_mem[n] == neurons.tau_syn[n]:
        return decay_mem, decay_mem, ratio * decay_mem
    difference = ratio - length / neurons.tau_syn[n]
    decay_syn = np.exp(-length / neurons.tau_syn[n])
    if abs(difference) < 1e-5:  # the two terms of κ would cancel
        return decay_mem, decay_syn, ratio * decay_mem * (1 + difference / 2)
    return decay_mem, decay_syn, ratio * (decay_syn - decay_mem) / difference


@kernel
def _move(adjoint, neurons, n, time):  # type: ignore[no-untyped-def]
    """Move neuron n back to a time."""
    if time < adjoint.since[n]:
        decay_mem, decay_syn, drive = _factors(neurons, n, adjoint.since[n] - time)
        adjoint.i[n] = decay_syn * adjoint.i[n] + drive * adjoint.v[n]
        adjoint.v[n] *= decay_mem
        adjoint.since[n] = time


@kernel
def _move_all(adjoint, neurons, length, ahead):  # type: ignore[no-untyped-def]
    """Move all neurons back by a length of time, except the first `ahead` of `adjoint.lanes`, which have been."""
    v, i = adjoint.v, adjoint.i
    for k in range(ahead):
        n = adjoint.lanes[k]
        adjoint.ahead[0, k], adjoint.ahead[1, k] = v[n], i[n]
    if neurons.equal:
        mem, syn, by = _factors(neurons, 0, length)
        decay_mem, decay_syn, drive = v.dtype.type(mem), v.dtype.type(syn), v.dtype.type(by)
        for n in range(v.shape[0]):
            i[n] = decay_syn * i[n] + drive * v[n]
            v[n] *= decay_mem
    else:
        for n in range(v.shape[0]):
            mem, syn, by = _factors(neurons, n, length)
            i[n] = v.dtype.type(syn) * i[n] + v.dtype.type(by) * v[n]
            v[n] *= v.dtype.type(mem)
    for k in range(ahead):
        n = adjoint.lanes[k]
        v[n], i[n] = adjoint.ahead[0, k], adjoint.ahead[1, k]


@kernel
def _dot(a, b):  # type: ignore[no-untyped-def]
    """Return the sum of the products of two rows of whole vectors."""
    total = splat(a.dtype.type(0), NARROW)
    for n in range(0, a.shape[0], NARROW):
        total = total + load(a, n, NARROW) * load(b, n, NARROW)
    parts = np.empty(NARROW, a.dtype)
    store(parts, 0, total)
    return parts.sum()


@kernel
def sweep(  # type: ignore[no-untyped-def]
    neurons, traffic, own, weight, arrivals, count, record_s, record_grad, weight_grad
):
    """One population of one sample, backward: add to weight_grad and traffic.grad.

    own: the stream of its spikes, -1 for none. weight: padded (rows, lanes). arrivals: the first `count`. record_s: in
    order of time, with record_grad (records, lanes).
    """
    lanes, dtype = weight.shape[1], weight.dtype
    spikes = traffic.counts[own] if own >= 0 else 0
    rests = Rests(
        np.empty(spikes), np.empty(spikes, np.int64), np.empty(spikes, np.uint8), np.empty(spikes), np.empty(spikes)
    )
    adjoint = Adjoint(
        np.zeros(lanes, dtype), np.zeros(lanes, dtype), np.empty(lanes), np.empty((2, lanes), dtype),
        np.empty(lanes, np.int64), np.zeros(lanes, np.uint8),
    )  # fmt: skip
    if spikes:
        _find_rests(neurons, traffic, own, rests)
        _find_currents(neurons, traffic, own, weight, arrivals, count, rests)
    pull = np.empty(lanes, dtype)
    per_mem, per_syn = (1 / neurons.tau_mem).astype(dtype), (1 / neurons.tau_syn).astype(dtype)
    live, moved = False, np.zeros(lanes, np.uint8)
    e, r, s, w = count - 1, record_s.shape[0] - 1, spikes - 1, spikes - 1
    now = max(arrivals.time[e] if e >= 0 else 0.0, record_s[r] if r >= 0 else 0.0)
    now = max(now, traffic.time[own, s] if s >= 0 else 0.0)
    while w >= 0 and rests.wake[rests.order[w]] > now:
        if rests.wake[rests.order[w]] < np.inf:
            adjoint.asleep[traffic.unit[own, rests.order[w]]] = 1
        w -= 1
    while e >= 0:
        until = max(arrivals.time[e], record_s[r] if r >= 0 else 0.0)
        ahead = 0
        while True:
            spiked = traffic.time[own, s] if s >= 0 else -1.0
            woken = rests.wake[rests.order[w]] if w >= 0 else -1.0
            time = max(spiked, woken)
            if time <= until:  # at one time: rests end, then neurons spike, records are taken, and events arrive
                break
            k = rests.order[w] if woken >= spiked else s
            n = traffic.unit[own, k]
            if not moved[n]:
                moved[n], adjoint.lanes[ahead], adjoint.since[n] = 1, n, now
                ahead += 1
            _move(adjoint, neurons, n, time)
            if woken >= spiked:
                traffic.grad[own, k] -= adjoint.v[n] * (rests.at_wake[k] - neurons.reset[n]) / neurons.tau_mem[n]
                adjoint.v[n], adjoint.asleep[n] = 0, 1
                w -= 1
            else:
                rate = max(rests.at_spike[k] - 1, neurons.graze) / neurons.tau_mem[n]
                jump = traffic.jump[own, k] - traffic.grad[own, k] / rate
                adjoint.v[n], adjoint.asleep[n] = jump * rests.crossed[k], 1 - rests.crossed[k]
                live = live or adjoint.v[n] != 0
                s -= 1
        for k in range(ahead):
            n = adjoint.lanes[k]
            _move(adjoint, neurons, n, until)
            moved[n] = 0
        if live and until < now:
            _move_all(adjoint, neurons, now - until, ahead)
        now = until
        pulled = False
        while e >= 0 and arrivals.time[e] >= now:
            if live:
                add(weight_grad[arrivals.row[e]], adjoint.i)
                if traffic.wanted[arrivals.stream[e]]:
                    if not pulled:
                        pulled = True
                        for n in range(lanes):
                            pull[n] = adjoint.i[n] * per_syn[n] - adjoint.v[n] * per_mem[n]
                    traffic.grad[arrivals.stream[e], arrivals.event[e]] += _dot(weight[arrivals.row[e]], pull)
            e -= 1
        while r >= 0 and record_s[r] >= now:
            for n in range(lanes):
                if record_grad[r, n] != 0 and not adjoint.asleep[n]:
                    adjoint.v[n] += record_grad[r, n]
                    live = True
            r -= 1
