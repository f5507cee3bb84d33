"""Images of 28 × 28 pixels made smaller: to the 256 inputs of the chip.

The two outermost rows and columns on each side are dropped, which leaves 24 × 24. Each of the 16 × 16 new
pixels covers 1.5 × 1.5 of those; its value is the mean over that area. Along one axis, three old pixels
a, b, c become two new ones,

    (a + b/2) / 1.5 = (2a + b) / 3   and   (b/2 + c) / 1.5 = (b + 2c) / 3,

and the two axes are independent. Pixels 0 .. 255 become 0 .. 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...behavioral.numerics.compiled import kernel
from ...errors import DataError

SIDE = 28  # pixels along one side of the original
MARGIN = 2  # pixels dropped on each side
CROP = SIDE - 2 * MARGIN  # 24
SCALED = CROP * 2 // 3  # 16
PIXELS = SCALED * SCALED  # 256

_FULL = np.float32(3 * 3 * 255)  # weighted sum of a white area


def area_scale(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Crop and scale images (N, 28, 28) uint8 to (N, 256) float32 in [0, 1], row by row.

    Raises `DataError` for another shape or type.
    """
    check_images(images)
    out = np.empty((len(images), PIXELS), np.float32)
    _area_scale(np.ascontiguousarray(images), out)
    return out


def check_images(images: NDArray[np.uint8]) -> None:
    """Raise `DataError` unless images is an array (N, 28, 28) uint8."""
    shape, dtype = np.shape(images), getattr(images, "dtype", type(images).__name__)
    if dtype != np.uint8 or len(shape) != 3 or shape[1:] != (SIDE, SIDE):
        raise DataError(f"images must be uint8 of shape (N, {SIDE}, {SIDE}), got {dtype} of shape {shape}")


@kernel
def scale_crop(crop, rows, out):  # type: ignore[no-untyped-def]
    """Area-scale one crop (24, 24) float32 of 0 .. 255 to out (256) of 0 .. 1; rows (16, 24) is scratch."""
    one = np.float32(1)
    for i in range(SCALED // 2):
        for j in range(CROP):
            middle = crop[3 * i + 1, j]
            rows[2 * i, j] = crop[3 * i, j] + crop[3 * i, j] + middle
            rows[2 * i + 1, j] = middle + crop[3 * i + 2, j] + crop[3 * i + 2, j]
    for i in range(SCALED):
        for j in range(SCALED // 2):
            left, middle, right = rows[i, 3 * j], rows[i, 3 * j + 1], rows[i, 3 * j + 2]
            # The limit only takes away the rounding of interpolated pixels.
            out[SCALED * i + 2 * j] = min((left + left + middle) / _FULL, one)
            out[SCALED * i + 2 * j + 1] = min((middle + right + right) / _FULL, one)


@kernel
def _area_scale(images, out):  # type: ignore[no-untyped-def]
    crop = np.empty((CROP, CROP), np.float32)
    rows = np.empty((SCALED, CROP), np.float32)
    for n in range(len(images)):
        for i in range(CROP):
            for j in range(CROP):
                crop[i, j] = images[n, i + MARGIN, j + MARGIN]
        scale_crop(crop, rows, out[n])
