"""The Yin-Yang data set (Kriener, Göltz, Petrovici, NICE 2022), generated, and its code in spike times.

Points (x, y) lie in a disc of radius R = 0.5 about (R, R), with r = 0.1. With d_R and d_L the distances to
(1.5 R, R) and (0.5 R, R), the class is

    2 (dot)   if d_R < r or d_L < r; otherwise
    1 (yang)  if d_R ≤ r, or r < d_L ≤ R/2, or (y > R and d_R > R/2);
    0 (yin)   otherwise.

For each sample the class is drawn first, then points until one has it. Features are x, y, 1 − x, 1 − y, and a
feature f spikes at t_early + f (t_late − t_early).
"""

from __future__ import annotations

from math import hypot, inf

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...behavioral.events import SpikeBatch
from ...errors import ConfigError, DataError

FEATURES = 4
PUBLISHED = {"train": (5000, 42), "validation": (1000, 41), "test": (1000, 40)}
"""Number of samples and seed of each published split."""

_BIG, _SMALL = 0.5, 0.1


def generate(size: int, seed: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Generate samples: features (size, 4) in [0, 1], labels (size).

    Raises `ConfigError` for a size or seed that cannot be.
    """
    if size < 0 or not 0 <= seed < 2**32:
        raise ConfigError(f"yin-yang: need size ≥ 0 and 0 ≤ seed < 2**32, got size = {size}, seed = {seed}")
    # The published data set is defined by this generator and by the order of its draws.
    draws = np.random.RandomState(seed)
    features = np.empty((size, FEATURES))
    labels = np.empty(size, np.int64)
    for n in range(size):
        labels[n] = draws.randint(3)
        while True:
            x, y = draws.rand(2).tolist()  # times 2 R, which is 1
            if hypot(x - _BIG, y - _BIG) <= _BIG and classify(x, y) == labels[n]:
                break
        features[n] = x, y, 1 - x, 1 - y
    return features, labels


def classify(x: float, y: float) -> int:
    """Return the class 0, 1 or 2 of a point in the disc."""
    right, left = hypot(x - 1.5 * _BIG, y - _BIG), hypot(x - 0.5 * _BIG, y - _BIG)
    if right < _SMALL or left < _SMALL:
        return 2
    yang = right <= _SMALL or _SMALL < left <= 0.5 * _BIG or (y > _BIG and right > 0.5 * _BIG)
    return int(yang)


def spike_time_code(
    features: ArrayLike, t_early_s: float, t_late_s: float, bias_time_s: float, repetitions: int = 1
) -> SpikeBatch:
    """Turn features (N, 4) in [0, 1] into one spike each, plus one spike of a bias channel.

    A feature 0 spikes at t_early_s, a feature 1 at t_late_s, the bias at bias_time_s (seconds). All five
    channels are repeated: channel = 5·r + feature for r in 0 .. repetitions − 1, feature 4 being the bias.

    Raises `DataError` for features that are NaN or outside [0, 1] or of another shape, `ConfigError` for
    parameters that cannot be.
    """
    if not (0 <= t_early_s < t_late_s < inf and 0 <= bias_time_s < inf and repetitions >= 1):
        raise ConfigError(
            "spike-time code: need 0 ≤ t_early_s < t_late_s < ∞, 0 ≤ bias_time_s < ∞ and repetitions ≥ 1, "
            f"got {t_early_s!r}, {t_late_s!r}, {bias_time_s!r} and {repetitions!r}"
        )
    x = np.asarray(features, np.float64)
    if x.ndim != 2 or x.shape[1] != FEATURES:
        raise DataError(f"spike-time code: features must have shape (N, {FEATURES}), got {x.shape}")
    bad = ~((x >= 0) & (x <= 1))
    if bad.any():
        sample, column = np.argwhere(bad)[0]
        raise DataError(
            f"spike-time code: feature {x[sample, column]!s} (sample {sample}, column {column}) must be "
            "between 0 and 1; scale the data first"
        )
    channels = FEATURES + 1
    times = np.full((len(x), repetitions, channels), float(bias_time_s))
    times[:, :, :FEATURES] = (t_early_s + x * (t_late_s - t_early_s))[:, None, :]
    units = channels * repetitions
    offsets = np.arange(len(x) + 1, dtype=np.int64) * units
    return SpikeBatch(offsets, np.tile(np.arange(units, dtype=np.int32), len(x)), times.reshape(-1), units)
