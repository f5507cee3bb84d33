"""The column ADC: samples every membrane in parallel, with gain, offset and noise per channel.

    code = min(max(round(gain · (u + rest) + offset + ξ), 0), code_max)

u is measured from where the neuron rests. Without quantisation the value itself is recorded, unlimited.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .compiled import borrowing


class CadcConstants(NamedTuple):
    """gain, offset (rest included), noise: (N), in codes; code_max: scalar, 0 for no quantisation."""

    gain: Any
    offset: Any
    noise: Any
    code_max: Any


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
