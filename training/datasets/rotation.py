"""Random rotation of images, done in one pass with cropping and area scaling.

The image is turned counter-clockwise (as seen, row 0 on top) by an angle φ about its centre (13.5, 13.5). The
new pixel at row r, column c has the value of the original at

    r' = 13.5 + (r − 13.5) cos φ + (c − 13.5) sin φ,
    c' = 13.5 − (r − 13.5) sin φ + (c − 13.5) cos φ,

interpolated bilinearly between the four pixels around (r', c'); pixels outside the image are zero. Only the
central 24 × 24 new pixels are needed; they are then scaled as in `images`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...behavioral.numerics.compiled import kernel
from ...errors import ConfigError
from .images import CROP, PIXELS, SCALED, SIDE, check_images, scale_crop

_BORDER = 3  # zeros around the image: a corner of the crop is 11.5·√2 = 16.3 from the centre, the edge 13.5
_WIDTH = SIDE + 2 * _BORDER
_CENTRE = np.float32((_WIDTH - 1) / 2)


def random_angles(samples: int, max_deg: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw angles (samples) in radians, uniform between −max_deg and +max_deg degrees.

    Raises `ConfigError` for a max_deg outside 0 .. 180.
    """
    if not 0 <= max_deg <= 180:
        raise ConfigError(f"rotation: max_deg = {max_deg!r} must be between 0 and 180 degrees")
    return np.deg2rad(rng.uniform(-max_deg, max_deg, samples))


def rotate_and_scale(images: NDArray[np.uint8], angles_rad: ArrayLike) -> NDArray[np.float32]:
    """Rotate images (N, 28, 28) uint8 by angles (N) in radians, then crop and scale to (N, 256) in [0, 1].

    Angle 0 gives what `area_scale` gives. Raises `DataError` for images of another shape or type,
    `ConfigError` for a wrong number of angles and for angles that are not finite.
    """
    check_images(images)
    angles = np.asarray(angles_rad, np.float64)
    if angles.shape != (len(images),):
        raise ConfigError(f"rotation: {len(images)} images need as many angles, got shape {angles.shape}")
    if not np.isfinite(angles).all():
        first = int(np.argmin(np.isfinite(angles)))
        raise ConfigError(f"rotation: angle {angles[first]} of image {first} must be finite")
    out = np.empty((len(images), PIXELS), np.float32)
    cosines, sines = np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)
    _rotate_and_scale(np.ascontiguousarray(images), cosines, sines, out)
    return out


@kernel
def _rotate_and_scale(images, cosines, sines, out):  # type: ignore[no-untyped-def]
    source = np.zeros(_WIDTH * _WIDTH, np.float32)
    crop = np.empty((CROP, CROP), np.float32)
    rows = np.empty((SCALED, CROP), np.float32)
    for n in range(len(images)):
        for i in range(SIDE):
            start = (i + _BORDER) * _WIDTH + _BORDER
            for j in range(SIDE):
                source[start + j] = images[n, i, j]
        _rotate(source, cosines[n], sines[n], crop)
        scale_crop(crop, rows, out[n])


@kernel
def _rotate(source, cosine, sine, crop):  # type: ignore[no-untyped-def]
    """Fill crop (24, 24) from source, an image with its border of zeros, flat."""
    half = np.float32((CROP - 1) / 2)
    for i in range(CROP):
        y = np.float32(i) - half
        for j in range(CROP):
            x = np.float32(j) - half
            row = _CENTRE + (y * cosine + x * sine)
            column = _CENTRE + (x * cosine - y * sine)
            # Both are positive, so cutting off the fraction rounds down; uint32 needs no test for negative.
            top, left = np.uint32(row), np.uint32(column)
            down, right = row - np.float32(top), column - np.float32(left)
            k = np.uint32(top * np.uint32(_WIDTH) + left)
            a, b = source[k], source[k + np.uint32(1)]
            c, d = source[k + np.uint32(_WIDTH)], source[k + np.uint32(_WIDTH + 1)]
            upper, lower = a + right * (b - a), c + right * (d - c)
            crop[i, j] = upper + down * (lower - upper)
