"""Images of 28 × 28 pixels made smaller for networks with few inputs, and some of their classes.

`margin` pixels are dropped on each side; each of the side × side new pixels is the mean over the area that it covers.
With the overlap A[i, j] of new pixel i with old pixel j along one axis, divided by the length of a new pixel, an
image X becomes A X Aᵀ. Pixels 0 .. 255 become 0 .. 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...checks import checked
from ...errors import ConfigError
from ..registries import DATASETS
from .images import SIDE
from .samples import Images


@dataclass(frozen=True, eq=False)
class Reduced:
    """Images (N, side²) float32 in 0 .. 1, and their classes (N) int64, counted through the chosen digits."""

    images: NDArray[np.float32]
    labels: NDArray[np.int64]
    classes: int


@checked
def reduced(name: str, split: str, side: int, margin: int, digits: tuple[int, ...]) -> Reduced:
    """Load some classes of an image data set with side × side pixels.

    Raises `ConfigError` for a size or class that cannot be, and what `DataSet.load` raises.
    """
    kept = SIDE - 2 * margin
    if not 1 <= side <= kept:
        raise ConfigError(f"side = {side} with margin = {margin} must lie between 1 and {kept}, what is left of {SIDE}")
    data = DATASETS.get(name).load(split)
    if not isinstance(data, Images):
        raise ConfigError(f"data set {name!r} has no images to reduce")
    if not digits or len(set(digits)) < len(digits) or not all(0 <= digit < data.classes for digit in digits):
        raise ConfigError(f"digits = {digits} must be different classes out of 0..{data.classes - 1}")
    class_of = np.full(data.classes, -1)
    class_of[list(digits)] = np.arange(len(digits))
    labels = class_of[data.labels]
    chosen = labels >= 0
    inner = data.inputs[chosen, margin : SIDE - margin, margin : SIDE - margin].astype(np.float32) / 255
    overlap = overlaps(kept, side).astype(np.float32)
    images = (overlap @ inner @ overlap.T).reshape(len(inner), -1).astype(np.float32, copy=False)
    return Reduced(images, labels[chosen].astype(np.int64), len(digits))


def overlaps(old: int, new: int) -> NDArray[np.float64]:
    """Return A (new, old); its rows add up to 1."""
    edge = np.arange(new + 1)[:, None] * (old / new)
    pixel = np.arange(old)
    covered = np.minimum(edge[1:], pixel + 1) - np.maximum(edge[:-1], pixel)
    return np.asarray(np.maximum(covered, 0) * (new / old))
