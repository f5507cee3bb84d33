"""Spikes of an inner ear on their way onto the chip.

A spike of ear channel c at time t of the sound becomes an event of input (c' − first) / step at time t / κ, where

    c' = c                                without augmentation
    c' = round(c + σ ξ),  ξ ~ N(0, 1)     with channel jitter, drawn anew for every spike

if that input exists, and is dropped otherwise, as is a spike at or after the end of the window. Source: Cramer,
Billaudelle et al., PNAS 119(4), 2022, who use κ = 2000, first = 70 and step = 9 for the Spiking Heidelberg Digits.
"""

from __future__ import annotations

import numpy as np

from ...behavioral.events import SpikeBatch
from ...errors import ConfigError, DataError
from ..datasets.utterances import Utterances

_BLOCK = 256  # utterances that are jittered together; bounds the memory of the draws


def on_chip(
    words: Utterances,
    compression: float,
    window_s: float,
    *,
    first: int = 0,
    step: int = 1,
    jitter: float = 0.0,
    rng: np.random.Generator | None = None,
) -> SpikeBatch:
    """Return the input events of utterances, in seconds of the chip.

    compression: κ. window_s: end of the window in seconds of the chip. first, step: ear channels that are kept.
    jitter: σ in ear channels, with the generator of its draws; 0 needs none.
    Raises `ConfigError` for parameters that cannot be, and `DataError` if there are events and none of them arrives.
    """
    if not (0 < compression < np.inf and window_s > 0 and 0 <= first < words.channels and step >= 1):
        raise ConfigError(
            f"{words.name}: need compression > 0, window_s > 0, 0 ≤ first < {words.channels} and step ≥ 1, "
            f"got {compression!r}, {window_s!r}, {first!r} and {step!r}"
        )
    if not 0 <= jitter < np.inf or (jitter and rng is None):
        raise ConfigError(f"{words.name}: jitter = {jitter!r} must not be negative, and needs a generator above 0")
    inputs = -(-(words.channels - first) // step)
    offsets = np.zeros(len(words) + 1, np.int64)
    units, times = [np.zeros(0, np.int32)], [np.zeros(0)]
    for start in range(0, len(words), _BLOCK):
        edges = words.offsets[start : start + _BLOCK + 1]
        channel = words.channel[edges[0] : edges[-1]].astype(np.int32)
        if jitter and rng is not None:
            channel = np.rint(channel + jitter * rng.standard_normal(len(channel), np.float32)).astype(np.int32)
        time_s = words.time_s[edges[0] : edges[-1]] / np.float64(compression)
        unit, rest = np.divmod(channel - first, step)
        kept = (rest == 0) & (unit >= 0) & (unit < inputs) & (time_s < window_s)
        so_far = np.concatenate([[0], np.cumsum(kept)])
        offsets[start + 1 : start + len(edges)] = offsets[start] + so_far[edges[1:] - edges[0]]
        units.append(unit[kept])
        times.append(time_s[kept])
    if len(words.channel) and not offsets[-1]:
        raise DataError(
            f"{words.name}: none of {len(words.channel):,} events arrives; they begin at {words.time_s.min():.3g} s, "
            f"divided by compression = {compression:g}, in a window of {window_s:g} s, on every {step}-th channel"
        )
    return SpikeBatch(offsets, np.concatenate(units), np.concatenate(times), inputs)
