"""Layers of HICANN neurons on a time grid, without a digital path: the kernel of the level `behavioral`.

One step of a layer, as on the other chip: the step's events put their charge onto the synaptic inputs; membranes move
(`membrane.py`); neurons above threshold spike, and their spikes act in the next step. A background generator sends
bias events to all layers at a constant rate.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..numerics.compiled import embedded, kernel
from ..numerics.simd import load, lowest_bit, store
from ..numerics.vectors import NARROW
from .analog.neuron import DTYPE, Membranes, advance


class Layer(NamedTuple):
    """One layer of N neurons (padded): constants, and the jumps of both conductances per event of each source.

    exc, inh: (sources + 1, N), the bias last; counted per step like all conductances.
    """

    neurons: Membranes
    exc: Any
    inh: Any


@embedded
def _arrive(state, layer, source):  # type: ignore[no-untyped-def]
    """Put one event of a source onto the synaptic inputs."""
    lanes = state.shape[1]
    for n in range(0, lanes, NARROW):
        row = source * lanes + n
        store(state, lanes + n, load(state, lanes + n, NARROW) + load(layer.exc, row, NARROW))
        store(state, 2 * lanes + n, load(state, 2 * lanes + n, NARROW) + load(layer.inh, row, NARROW))


@kernel
def _run_layer(  # type: ignore[no-untyped-def]
    first, unit, shift, layer, bias_steps, resting, room_from, first_out, unit_out
):
    """Run one layer for one sample; its events go to unit_out[room_from:]. resting: steps of rest at its beginning."""
    steps, lanes, bias = first.shape[0] - 1, layer.exc.shape[1], layer.exc.shape[0] - 1
    state = np.zeros((4, lanes), DTYPE)
    state[3] = resting
    fired = np.zeros(lanes // NARROW, np.uint64)
    count = room_from
    for t in range(steps):
        first_out[t] = count
        for e in range(first[max(t - shift, 0)], first[max(t - shift + 1, 0)]):
            _arrive(state, layer, unit[e])
        if t % bias_steps == 0:
            _arrive(state, layer, bias)
        advance(state, layer.neurons, fired)
        for w in range(fired.shape[0]):
            bits = fired[w]
            while bits:
                unit_out[count] = w * NARROW + lowest_bit(bits)
                bits &= bits - np.uint64(1)
                count += 1
    first_out[steps] = count


@kernel
def run_layers(  # type: ignore[no-untyped-def]
    start, stop, first, unit, layers, bias_steps, restings, firsts_out, units_out
):
    """Run samples start:stop through all layers.

    restings: per layer (samples, neurons), steps of rest with which a sample begins, infinite for neurons that must not
    fire. Out: the events of each layer, as `GridEvents` holds them.
    """
    for b in range(start, stop):
        for k in range(len(layers)):
            room = units_out[k].shape[0] // first.shape[0]
            _run_layer(
                first[b] if k == 0 else firsts_out[k - 1][b], unit if k == 0 else units_out[k - 1], 0 if k == 0 else 1,
                layers[k], bias_steps, restings[k][b], b * room, firsts_out[k][b], units_out[k],
            )  # fmt: skip
