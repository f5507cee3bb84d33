"""Spike-time code: a feature f in 0 .. 1 spikes once at t_early + f (t_late − t_early)."""

from __future__ import annotations

from math import inf
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from ...behavioral.events import SpikeBatch
from ...errors import ConfigError, DataError
from ..datasets.samples import Features
from ..fields import Count, NonNegative, Positive
from .encoding import Augmentation, Encoding


class SpikeTimeEncoding(Encoding):
    """Feature x spikes once at t_early + x·(t_late − t_early), on `repetitions` channels; one bias feature."""

    takes = Features

    kind: Literal["spike-time"] = "spike-time"
    """Name of this encoding."""
    t_early_s: NonNegative = 1e-6
    """Spike time of a feature of 0, seconds."""
    t_late_s: Positive = 12e-6
    """Spike time of a feature of 1, seconds."""
    bias_time_s: NonNegative = 1e-6
    """Spike time of the bias feature, seconds."""
    repetitions: Count = 1
    """Channels that carry a copy of each feature."""

    def check(self, window_s: float) -> None:
        """Raise `ConfigError` for a window that ends before the last spike."""
        last = max(self.t_late_s, self.bias_time_s)
        if last >= window_s:
            raise ConfigError(
                f"duration_s = {window_s:g} ends before the last input spike at {last:g} s; make it longer"
            )

    def encode(self, samples: Features, window_s: float, augmentation: Augmentation | None = None) -> SpikeBatch:  # noqa: ARG002
        """Return one spike per feature and repetition, and those of the bias."""
        return spike_time_code(samples.values(), self.t_early_s, self.t_late_s, self.bias_time_s, self.repetitions)


def spike_time_code(
    features: ArrayLike, t_early_s: float, t_late_s: float, bias_time_s: float, repetitions: int = 1
) -> SpikeBatch:
    """Turn features (N, F) in [0, 1] into one spike each, plus one spike of a bias channel.

    A feature 0 spikes at t_early_s, a feature 1 at t_late_s, the bias at bias_time_s (seconds). All F + 1 channels
    are repeated: channel = (F + 1)·r + feature for r in 0 .. repetitions − 1, feature F being the bias.

    Raises `DataError` for features that are NaN or outside [0, 1] or no table, `ConfigError` for parameters that
    cannot be.
    """
    if not (0 <= t_early_s < t_late_s < inf and 0 <= bias_time_s < inf and repetitions >= 1):
        raise ConfigError(
            "spike-time code: need 0 ≤ t_early_s < t_late_s < ∞, 0 ≤ bias_time_s < ∞ and repetitions ≥ 1, "
            f"got {t_early_s!r}, {t_late_s!r}, {bias_time_s!r} and {repetitions!r}"
        )
    x = np.asarray(features, np.float64)
    if x.ndim != 2 or not x.shape[1]:
        raise DataError(f"spike-time code: features must have shape (N, features), got {x.shape}")
    bad = ~((x >= 0) & (x <= 1))
    if bad.any():
        sample, column = np.argwhere(bad)[0]
        raise DataError(
            f"spike-time code: feature {x[sample, column]!s} (sample {sample}, column {column}) must be "
            "between 0 and 1; scale the data first"
        )
    channels = x.shape[1] + 1
    times = np.full((len(x), repetitions, channels), float(bias_time_s))
    times[:, :, :-1] = (t_early_s + x * (t_late_s - t_early_s))[:, None, :]
    units = channels * repetitions
    offsets = np.arange(len(x) + 1, dtype=np.int64) * units
    return SpikeBatch(offsets, np.tile(np.arange(units, dtype=np.int32), len(x)), times.reshape(-1), units)
