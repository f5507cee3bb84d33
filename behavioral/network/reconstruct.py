"""Membranes on the grid from what was recorded: CADC samples, and spikes, which are known with higher resolution.

Nodes of the trace of one neuron, in software units (leak 0, threshold 1), time in grid steps:

    (−1, start)                before the first step
    (k P − 1, sample k)        CADC samples, one per P steps
    (t − a, ϑ)                 a spike found in step t with age a: the membrane was at threshold
    (t − a + R, reset)         the end of its rest, at t at the earliest

Between nodes the trace is linear, and in step t itself it is ϑ; while a neuron rests its value is of no consequence.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..numerics.compiled import kernel
from ..numerics.simd import pick
from ..numerics.types import Real


class TraceScale(NamedTuple):
    """How records become software units: v = (record − leak) · gain; one record per `period` steps.

    start: v before the first step, as far as the nominal neuron knows.
    """

    leak: Real
    gain: Real
    period: int
    start: Real


@kernel
def membranes(record, scale, first, unit, age, neuron, release, v):  # type: ignore[no-untyped-def]
    """Fill v (steps, neurons) for one sample from `record` (samples, neurons) and its spikes.

    neuron: start, threshold, reset and rest, see `IdealConstants`. release: float64 scratch (neurons).
    """
    for t in range(v.shape[0]):
        _between_samples(t, record, scale, neuron.start, v[t])
    if scale.period == 1:  # a sample in every step: nothing to reconstruct
        return
    release[:] = -1
    for t in range(v.shape[0]):
        for e in range(first[t], first[t + 1]):
            n, crossed = unit[e], np.float64(t) - age[e]
            sampled = (t // scale.period) * scale.period - 1
            threshold, reset = pick(neuron.threshold, n), pick(neuron.reset, n)
            start, value = np.float64(sampled), pick(neuron.start, n)
            if release[n] >= 0 and release[n] >= sampled:
                start, value = release[n], reset
            elif sampled >= 0:
                value = (record[t // scale.period - 1, n] - scale.leak) * scale.gain
            _line(v, n, start, value, crossed, threshold)
            release[n] = max(crossed + pick(neuron.rest.steps, n), np.float64(t))
            k = int((release[n] + 1) / scale.period)
            if k < record.shape[0]:
                end = np.float64((k + 1) * scale.period - 1)
                _line(v, n, release[n], reset, end, (record[k, n] - scale.leak) * scale.gain)
            v[t, n] = threshold


@kernel
def _line(v, n, start, first_value, end, last_value):  # type: ignore[no-untyped-def]
    """Connect two nodes of neuron n; steps at a node itself are left as they are."""
    for t in range(int(np.floor(start)) + 1, int(np.ceil(end))):
        v[t, n] = first_value + (last_value - first_value) * v.dtype.type((t - start) / (end - start))


@kernel
def _between_samples(t, record, scale, start, v):  # type: ignore[no-untyped-def]
    """Interpolate all neurons linearly between the records around step t; before the first: from the start."""
    after = t // scale.period
    phase = v.dtype.type((t + 1 - after * scale.period) / scale.period)
    new = phase * scale.gain
    old = (1 - phase) * scale.gain
    rest = scale.leak * scale.gain
    if after == 0:
        for n in range(v.shape[0]):
            v[n] = new * record[0, n] - (rest * phase - (1 - phase) * pick(start, n))
    else:
        for n in range(v.shape[0]):
            v[n] = new * record[after, n] + old * record[after - 1, n] - rest
