"""Membranes on the grid from what was recorded: CADC samples, and spikes, which are known with higher resolution.

Nodes of the trace of one neuron, in software units (leak 0, threshold 1), time in grid steps:

    (−1, 0)                    rest before the first step
    (k P − 1, sample k)        CADC samples, one per P steps
    (t, 1)                     a spike found in step t: the membrane was at threshold
    (t + r, reset)             the end of its refractory period

Between nodes the trace is linear; while a neuron is refractory its value is of no consequence.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .compiled import kernel


class TraceScale(NamedTuple):
    """How records become software units: v = (record − leak) · gain; one record per `period` steps."""

    leak: Any
    gain: Any
    period: int


@kernel
def membranes(record, scale, first, unit, refractory_steps, reset, release, v):  # type: ignore[no-untyped-def]
    """Fill v (steps, neurons) for one sample from `record` (samples, neurons) and its spikes.

    release: int64 scratch (neurons).
    """
    for t in range(v.shape[0]):
        _between_samples(t, record, scale, v[t])
    if scale.period == 1:  # a sample in every step: nothing to reconstruct
        return
    release[:] = -1
    for t in range(v.shape[0]):
        for e in range(first[t], first[t + 1]):
            n = unit[e]
            sampled = (t // scale.period) * scale.period - 1
            start, value = sampled, v.dtype.type(0)
            if release[n] >= 0 and release[n] >= sampled:
                start, value = release[n], reset
            elif sampled >= 0:
                value = (record[t // scale.period - 1, n] - scale.leak) * scale.gain
            _line(v, n, start, value, t, v.dtype.type(1))
            v[t, n] = 1
            release[n] = t + refractory_steps
            k = (release[n] + 1) // scale.period
            end = (k + 1) * scale.period - 1
            if k < record.shape[0]:
                _line(v, n, release[n], reset, end, (record[k, n] - scale.leak) * scale.gain)


@kernel
def _line(v, n, start, first_value, end, last_value):  # type: ignore[no-untyped-def]
    """Connect two nodes of neuron n; the nodes themselves are left as they are."""
    for t in range(start + 1, end):
        v[t, n] = first_value + (last_value - first_value) * v.dtype.type((t - start) / (end - start))


@kernel
def _between_samples(t, record, scale, v):  # type: ignore[no-untyped-def]
    """Interpolate all neurons linearly between the records around step t; before the first: from rest."""
    after = t // scale.period
    phase = v.dtype.type((t + 1 - after * scale.period) / scale.period)
    new = phase * scale.gain
    old = (1 - phase) * scale.gain
    rest = scale.leak * scale.gain
    if after == 0:
        rest *= phase
        for n in range(v.shape[0]):
            v[n] = new * record[0, n] - rest
    else:
        for n in range(v.shape[0]):
            v[n] = new * record[after, n] + old * record[after - 1, n] - rest
