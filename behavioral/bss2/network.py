"""The behavioral chip, forward: mismatched neurons on a time grid, with noise, saturation and CADC.

One grid step, the order of `neuron.py`: charge of the step's events; saturation of the lines; exact integration;
membrane noise; rails; rests and crossings (`crossing.py`); CADC sample if due. Spikes act in the next step.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..network.crossing import Rests, append_spikes, crossing, held
from ..network.feeds import stream
from ..numerics.compiled import embedded, kernel
from ..numerics.noise import CADC, MEMBRANE, TRIAL, add_noise, trial_key
from ..numerics.simd import load, select, store
from ..numerics.vectors import LANES, add
from .analog.cadc import convert, delay, due, quantize
from .analog.neuron import integrate, limited, saturate


class Own(NamedTuple):
    """Rows of a layer's own neurons: the first one, −1 without any, and how far on those of the next block are."""

    first: int
    every: int


@embedded
def _arrive(first, last, unit, offset, rows, pair, lines):  # type: ignore[no-untyped-def]
    """Put the charge of events first:last onto the lines, (circuits, 2 N)."""
    for e in range(first, last):
        source = unit[e] + offset
        add(lines[pair[source]], rows[source])


@embedded
def _cross(t, u, found, threshold, constants, rests, before, fired):  # type: ignore[no-untyped-def]
    """End step t, which leads membranes from u to `found`: both then hold them, u after and `found` before the resets.

    before: (lanes), filled with u at the beginning of the step where neurons spike.
    """
    for w in range(fired.shape[0]):
        n = w * LANES
        reset = load(constants.reset, n, LANES)
        v = held(limited(load(found, n, LANES), n, constants), w, t, reset, rests)
        store(found, n, v)
        fired[w] = crossing(v, w, load(threshold, n, LANES), rests)
        if fired[w]:
            store(before, n, load(u, n, LANES))
        store(u, n, select(fired[w], reset, v))


@kernel
def _layer(  # type: ignore[no-untyped-def]
    first, unit, shift, rows, layer, active, rest, own, sample_steps, noise_key, trial, first_out, unit_out, age_out,
    begin, record,
):  # fmt: skip
    """Run one layer for one sample; its events go to unit_out[begin:], record: (1 or 0, CADC samples, neurons)."""
    constants = layer.neuron
    steps, lanes = first.shape[0] - 1, constants.decay_mem.shape[0]
    u = constants.start.copy()
    lines = np.zeros(constants.drive.shape, rows.dtype)
    charge = lines.reshape(lines.shape[0] // 2, 2 * lanes)
    measured, value, before = np.empty_like(u), np.empty_like(u), np.empty_like(u)
    fired = np.empty(lanes // LANES, np.uint64)
    rests = Rests(np.zeros_like(fired), np.zeros((steps, fired.size), np.uint64), np.empty_like(u))
    noisy = noise_key != 0
    membrane_key = trial_key(noise_key, MEMBRANE, trial)
    cadc_key = trial_key(noise_key, CADC, trial)
    threshold = constants.threshold + np.where(active > 0, rows.dtype.type(0), rows.dtype.type(np.inf))
    if noisy:
        add_noise(threshold, layer.trial_noise, trial_key(noise_key, TRIAL, trial), 0, layer.numbers)
    late = delay(layer.cadc, noise_key, trial)
    count, number = begin, 0
    for t in range(steps):
        first_out[t] = count
        begin_in, end_in = first[max(t - shift, 0)], first[max(t - shift + 1, 0)]
        _arrive(begin_in, end_in, unit, 0, rows, layer.pair, charge)
        begin_own = first_out[t - 1] if own.first >= 0 and t else count
        if begin_own < count:
            for row in range(own.first, rows.shape[0], own.every):
                _arrive(begin_own, count, unit_out, row, rows, layer.pair, charge)
        if end_in > begin_in or count > begin_own:
            saturate(lines, constants)
        integrate(u, lines, constants, measured)
        if noisy:
            add_noise(measured, constants.noise, membrane_key, t, layer.numbers)
        _cross(t, u, measured, threshold, constants, rests, before, fired)
        while record.shape[0] and number < record.shape[1] and due(number, sample_steps, late, steps) <= t:
            convert(measured, layer.cadc, value)
            if noisy:
                add_noise(value, layer.cadc.noise, cadc_key, number, layer.numbers)
            quantize(value, layer.cadc.code_max, record[0, number])
            number += 1
        count = append_spikes(
            fired, t, before, measured, constants.reset, threshold, rest, rests, unit_out, age_out, count
        )
    first_out[steps] = count


@kernel
def run_chip(  # type: ignore[no-untyped-def]
    start, stop, first, unit, feeds, rows, layers, actives, rests, owns, sample_steps, noise_key, trials, firsts_out,
    units_out, ages_out, records,
):  # fmt: skip
    """Run samples start:stop through all layers, the readout last.

    feeds: see `Feeds`, for each block. rows: per layer (blocks · sources, 2 N) from `synapse_rows`. layers:
    `LayerConstants` per layer. actives: per layer (samples, N), 0 where silenced. rests: `Rest` of each layer. owns:
    `Own` of each layer. trials: uint64 (samples), the noise counter of each sample. noise_key: 0 switches noise off.
    Out: events with their ages per layer, and CADC records (samples, CADC samples, N) per layer; a layer whose array
    holds no samples is not recorded.
    """
    for b in range(start, stop):
        for layer in range(len(rows)):
            room = units_out[layer].shape[0] // first.shape[0]
            first_in, unit_in, shift = stream(feeds, layer, b, first, unit, firsts_out, units_out)
            _layer(
                first_in, unit_in, shift,
                rows[layer], layers[layer], actives[layer][b], rests[layer], owns[layer], sample_steps,
                noise_key, trials[b], firsts_out[layer][b], units_out[layer], ages_out[layer], b * room,
                records[layer][b : b + 1],
            )  # fmt: skip
