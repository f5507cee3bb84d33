"""The column ADC: samples every membrane in parallel, with gain, offset and noise per channel.

    code = min(max(round(gain · (u + rest) + offset + ξ), 0), code_max)

Sample k is recorded with the end of step (k + 1) P − 1 of the grid (P steps per sample). It is taken δ steps later,

    δ = round(shift + jitter · z)        z: normal, one draw per trial of the network

within the window: the stamps of samples and those of spikes need not have one origin. u is measured from where the
neuron rests. Without quantisation the value itself is recorded, unlimited.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...numerics.compiled import borrowing, embedded
from ...numerics.noise import TRIAL, counter, shaped, trial_key, word


class CadcConstants(NamedTuple):
    """gain, offset (rest included), noise: (N), in codes; code_max: scalar, 0 for no quantisation.

    shift, jitter: scalars, steps by which samples are late, and the standard deviation of that over trials.
    """

    gain: Any
    offset: Any
    noise: Any
    code_max: Any
    shift: float
    jitter: float


@borrowing
def delay(cadc, noise_key, trial):  # type: ignore[no-untyped-def]
    """Return by how many steps the samples of a trial are late, δ."""
    late = np.float64(cadc.shift)
    if noise_key and cadc.jitter:
        late += cadc.jitter * shaped(word(trial_key(noise_key, TRIAL, trial), counter(1, 0)))
    return int(np.rint(late))


@embedded
def due(number, period, late, steps):  # type: ignore[no-untyped-def]
    """Return the step of a window of `steps` in which sample `number` is taken, one per `period` steps, `late` by δ."""
    return min(max((number + 1) * period - 1 + late, 0), steps - 1)


@borrowing
def convert(u, cadc, value):  # type: ignore[no-untyped-def]
    """Put the analog value of every channel into `value`, before noise and quantisation."""
    gain, offset = cadc.gain, cadc.offset
    for n in range(u.shape[0]):
        value[n] = gain[n] * u[n] + offset[n]


@borrowing
def quantize(value, code_max, record):  # type: ignore[no-untyped-def]
    """Round half to even and clip into `record`; with code_max = 0 copy."""
    if code_max == 0:
        for n in range(value.shape[0]):
            record[n] = value[n]
    else:
        for n in range(value.shape[0]):
            record[n] = min(max(np.rint(value[n]), 0), code_max)
