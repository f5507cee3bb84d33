"""The ideal network, forward: homogeneous neurons, float weights, no noise. This graph also carries the gradient.

Step t of a layer with presynaptic spikes x and own spikes z (indices run over steps, units are dimensionless):

    i[t]  = a i[t−1] + W x[t'] + W_rec z[t−1]      t' = t for network input, t−1 for spikes of other layers
    v'[t] = b v[t−1] + κ i[t]                      w b r + w κ i[t] + (1 − w) r in steps shortened by a rest
    z[t]  = v'[t] > 1
    v[t]  = r where z[t], else v'[t]

r is the reset, a, b and κ are the exact propagator factors, w is the awake share of a step (`crossing.py`).
v'[t] is the membrane at the end of step t, so a spike found there
acts at the beginning of step t+1. The readout is the same without threshold and reset.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from ..design import Design
from ..grid import TimeGrid
from ..numerics.compiled import inlined, kernel
from ..numerics.simd import at, load, pick, raised, rows_of, select, splat, store
from ..numerics.types import Real, Reals
from ..numerics.vectors import LANES, NARROW, add, padded
from ..propagator import propagator
from .crossing import Rest, Rests, append_spikes, crossing, held, recorded
from .feeds import stream
from .neurons import USUAL_NEURONS, Parameters, parameters
from .topology import Topology


class IdealConstants(NamedTuple):
    """Factors of one step in the dtype of the run, equal for all neurons of a layer, or arrays over its lanes.

    decay_syn, drive: of each synaptic line, (lines, lanes) if they are arrays: one line, or an excitatory and an
    inhibitory one. start: membranes before the first step. pull: what the leak adds in a step, of no consequence as a
    number, where the leak is 0.
    """

    decay_syn: Real | Reals
    decay_mem: Real | Reals
    drive: Real | Reals
    reset: Real | Reals
    start: Real | Reals
    threshold: Real | Reals
    pull: Real | Reals
    rest: Rest


def layer_constants(
    topology: Topology, spec: Design, grid: TimeGrid, dtype: DTypeLike = np.float32
) -> tuple[IdealConstants, ...]:
    """Return the factors of each layer, the readout last: numbers, unless neurons have parameters of their own.

    Then all layers have arrays, and two lines if a neuron has two synaptic time constants.
    """
    layers = len(topology.hidden) + 1
    if topology.usual_neurons:
        return (ideal_constants(spec, grid, np.dtype(dtype)),) * layers
    values = [parameters(spec, own, size) for own, size in zip(topology.neurons_of, topology.sizes[1:], strict=True)]
    lines = 1 + any((each.tau_syn_exc_s != each.tau_syn_inh_s).any() for each in values)
    lanes = (*(padded(size) for size in topology.hidden), padded(topology.outputs, NARROW))
    return tuple(_own_constants(spec, grid, each, (lines, n), dtype) for each, n in zip(values, lanes, strict=True))


def _own_constants(
    spec: Design, grid: TimeGrid, values: Parameters, shape: tuple[int, int], dtype: DTypeLike
) -> IdealConstants:
    """Return the factors of a layer as arrays; padding neurons are those of the chip, and get no input."""
    (lines, lanes), size, real = shape, len(values.leak), np.dtype(dtype)
    nominal = parameters(spec, USUAL_NEURONS, lanes)
    own = Parameters(*(np.concatenate([a, b[size:]]) for a, b in zip(values, nominal, strict=True)))
    steps = [propagator(grid.step_s, own.tau_mem_s, tau) for tau in (own.tau_syn_exc_s, own.tau_syn_inh_s)[:lines]]
    rest_steps = own.refractory_s / grid.step_s
    rest = grid_rest(spec, grid, dtype)
    decay_mem = np.exp(-grid.step_s / own.tau_mem_s)
    return IdealConstants(
        decay_syn=np.array([step.decay_syn for step in steps], real),
        decay_mem=decay_mem.astype(real),
        drive=np.array([step.drive for step in steps], real),
        reset=own.reset.astype(real),
        start=own.start.astype(real),
        threshold=own.threshold.astype(real),
        pull=((1 - decay_mem) * own.leak).astype(real),
        rest=Rest((rest_steps if grid.place_crossings else np.rint(rest_steps)).astype(real), rest.cycles),
    )


@lru_cache(maxsize=32)
def ideal_constants(spec: Design, grid: TimeGrid, dtype: DTypeLike = np.float32) -> IdealConstants:
    """Return the factors of the nominal neuron of `spec` on `grid`."""
    step = propagator(grid.step_s, spec.tau_mem_s, spec.tau_syn_s)
    real: Any = np.dtype(dtype).type
    return IdealConstants(
        decay_syn=real(step.decay_syn),
        decay_mem=real(step.decay_mem),
        drive=real(step.drive),
        reset=real(spec.reset_unit),
        start=real(spec.start_unit),
        threshold=real(1),
        pull=real(0),
        rest=grid_rest(spec, grid, dtype),
    )


def grid_rest(spec: Design, grid: TimeGrid, dtype: DTypeLike = np.float32) -> Rest:
    """Return how long neurons rest after a spike; in whole steps if the grid does not place crossings."""
    steps = spec.refractory_s / grid.step_s
    real: Any = np.dtype(dtype).type
    if not grid.place_crossings:
        return Rest(real(round(steps)), real(1))
    return Rest(real(steps), real(round(grid.step_s * spec.clock_hz)))


@inlined
def _membrane(n, begin, end, unit, weight, constants, v, i):  # type: ignore[no-untyped-def]
    """Move the currents of neurons n to n + LANES by one step with events begin:end; return where the step leads v."""
    current = load(i, n, LANES)
    for e in range(begin, end):
        current = current + load(weight, unit[e] * weight.shape[1] + n, LANES)
    store(i, n, at(constants.decay_syn, n, LANES) * current)
    found = at(constants.decay_mem, n, LANES) * load(v, n, LANES) + at(constants.drive, n, LANES) * current
    for line in range(1, rows_of(constants.decay_syn)):
        k = line * v.shape[0] + n
        other = load(i, k, LANES)
        for e in range(begin, end):
            other = other + load(weight, unit[e] * weight.shape[1] + k, LANES)
        store(i, k, at(constants.decay_syn, k, LANES) * other)
        found = found + at(constants.drive, k, LANES) * other
    return raised(found, constants.pull, n)


@kernel
def _layer(  # type: ignore[no-untyped-def]
    first, unit, shift, weight, recurrent, constants, active, first_out, unit_out, age_out, begin, trace
):
    """Run one spiking layer for one sample; its events go to unit_out[begin:]. trace: (steps or 0, neurons)."""
    steps, lanes = first.shape[0] - 1, active.shape[0]
    v, reset, threshold, before, found = np.empty((5, lanes), weight.dtype)
    i, never = np.zeros(weight.shape[1], weight.dtype), weight.dtype.type(np.inf)
    for n in range(lanes):
        v[n] = pick(constants.start, n)
        reset[n] = pick(constants.reset, n)
        threshold[n] = pick(constants.threshold, n) if active[n] > 0 else never
    fired = np.empty(lanes // LANES, np.uint64)
    rests = Rests(np.zeros_like(fired), np.zeros((steps, fired.size), np.uint64), np.empty_like(v))
    count = begin
    for t in range(steps):
        first_out[t] = count
        if recurrent.shape[0] and t:
            for e in range(first_out[t - 1], count):
                add(i, recurrent[unit_out[e]])
        arrived = first[max(t - shift, 0)], first[max(t - shift + 1, 0)]
        for w in range(lanes // LANES):
            n = w * LANES
            free = _membrane(n, arrived[0], arrived[1], unit, weight, constants, v, i)
            free = held(free, w, t, at(constants.reset, n, LANES), rests)
            if trace.shape[0]:
                store(trace, t * lanes + n, free)
            fired[w] = crossing(free, w, load(threshold, n, LANES), rests)
            if fired[w]:
                store(before, n, load(v, n, LANES))
                store(found, n, free)
            store(v, n, select(fired[w], at(constants.reset, n, LANES), free))
        count = append_spikes(
            fired, t, before, found, reset, threshold, constants.rest, rests, unit_out, age_out, count
        )
    first_out[steps] = count


@kernel
def replay(first_in, unit_in, shift, weight, recurrent, constants, first, unit, course, v):  # type: ignore[no-untyped-def]
    """Fill v (steps, neurons) with the membranes of one layer and sample whose spikes are known.

    The spikes are given as events (first, unit) and as their `course`.
    """
    lanes = v.shape[1]
    i = np.zeros(weight.shape[1], weight.dtype)
    u = np.zeros(lanes, weight.dtype)
    for n in range(lanes):
        u[n] = pick(constants.start, n)
    for t in range(v.shape[0]):
        if recurrent.shape[0] and t:
            for e in range(first[t - 1], first[t]):
                add(i, recurrent[unit[e]])
        arrived = first_in[max(t - shift, 0)], first_in[max(t - shift + 1, 0)]
        for w in range(lanes // LANES):
            n = w * LANES
            found = _membrane(n, arrived[0], arrived[1], unit_in, weight, constants, u, i)
            reset = at(constants.reset, n, LANES)
            found = recorded(found, w, t, reset, course)
            store(v, t * lanes + n, found)
            store(u, n, select(course.fired[t, w], reset, found))


@kernel
def _readout(first, unit, shift, weight, constants, start, trace):  # type: ignore[no-untyped-def]
    """Run the readout for one sample, from `start` on; trace: (steps, outputs)."""
    lanes = trace.shape[1]
    i = np.zeros(weight.shape[1], weight.dtype)
    for n in range(0, lanes, NARROW):
        v = splat(start, NARROW)
        for t in range(first.shape[0] - 1):
            v = at(constants.decay_mem, n, NARROW) * v
            for line in range(rows_of(constants.decay_syn)):
                k = line * lanes + n
                current = load(i, k, NARROW)
                for e in range(first[max(t - shift, 0)], first[max(t - shift + 1, 0)]):
                    current = current + load(weight, unit[e] * weight.shape[1] + k, NARROW)
                v = v + at(constants.drive, k, NARROW) * current
                store(i, k, at(constants.decay_syn, k, NARROW) * current)
            store(trace, t * lanes + n, v)


@kernel
def run_readout(start, stop, first, unit, weight, constants, readout_start, readout):  # type: ignore[no-untyped-def]
    """Run samples start:stop through the readout alone; see `run_ideal`."""
    for b in range(start, stop):
        _readout(first[b], unit, 1, weight, constants, readout_start, readout[b])


@kernel
def run_ideal(  # type: ignore[no-untyped-def]
    start, stop, first, unit, feeds, weights, recurrent, constants, readout_start, actives, firsts_out, units_out,
    ages_out, traces, readout,
):  # fmt: skip
    """Run samples start:stop through all layers.

    constants: of each layer. first, unit: input events (see `GridEvents`). feeds: see `Feeds`. weights: one padded
    matrix (sources, neurons) per layer, the readout last. recurrent: one per hidden layer, with no rows where the layer
    is not recurrent. readout_start: membranes of the readout before the first step. actives: per hidden layer (samples,
    neurons), 0 where silenced. Out: events per hidden layer with room for every neuron in every step; traces per hidden
    layer (samples, steps, neurons), or no samples where membranes are not wanted; readout (samples, steps, outputs).
    """
    nothing = np.empty((0, 0), weights[0].dtype)
    for b in range(start, stop):
        for layer in range(len(weights) - 1):
            room = units_out[layer].shape[0] // first.shape[0]
            first_in, unit_in, shift = stream(feeds, layer, b, first, unit, firsts_out, units_out)
            _layer(
                first_in,
                unit_in,
                shift,
                weights[layer],
                recurrent[layer],
                constants[layer],
                actives[layer][b],
                firsts_out[layer][b],
                units_out[layer],
                ages_out[layer],
                b * room,
                traces[layer][b] if traces[layer].shape[0] else nothing,
            )
        last = len(weights) - 1
        first_in, unit_in, shift = stream(feeds, last, b, first, unit, firsts_out, units_out)
        _readout(first_in, unit_in, shift, weights[last], constants[last], readout_start, readout[b])
