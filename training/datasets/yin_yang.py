"""The Yin-Yang data set (Kriener, Göltz, Petrovici, NICE 2022), generated.

Points (x, y) lie in a disc of radius R = 0.5 about (R, R), with r = 0.1. With d_R and d_L the distances to
(1.5 R, R) and (0.5 R, R), the class is

    2 (dot)   if d_R < r or d_L < r; otherwise
    1 (yang)  if d_R ≤ r, or r < d_L ≤ R/2, or (y > R and d_R > R/2);
    0 (yin)   otherwise.

For each sample the class is drawn first, then points until one has it. Features are x, y, 1 − x, 1 − y.
"""

from __future__ import annotations

from math import hypot
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError
from .data_set import DataSet
from .samples import Features

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


class YinYang(DataSet):
    """Three separate splits; hold_out changes nothing."""

    gives = Features

    def read(self, split: str, hold_out: bool) -> Features:  # noqa: ARG002
        """Generate a split."""
        return Features(self.name, *generate(*PUBLISHED[split]), self.classes)


YIN_YANG: Final = YinYang("yin-yang", ("yin", "yang", "dot"), source="Kriener, Göltz, Petrovici, NICE 2022")
