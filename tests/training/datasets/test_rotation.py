from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.errors import ConfigError, DataError
from inloop.training.datasets.images import area_scale
from inloop.training.datasets.rotation import random_angles, rotate_and_scale
from scipy import ndimage


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)


def reference(image: np.ndarray, angle_rad: float) -> np.ndarray:
    """Rotate with scipy, zero outside, then take means over areas."""
    turned = ndimage.rotate(
        image.astype(float), math.degrees(angle_rad), reshape=False, order=1, mode="grid-constant", cval=0.0
    )
    fine = np.repeat(np.repeat(turned[2:26, 2:26], 2, 0), 2, 1)  # 48 × 48, so 3 × 3 of them per new pixel
    return fine.reshape(16, 3, 16, 3).mean((1, 3)).reshape(-1) / 255


@settings(max_examples=100, deadline=None)
@given(st.floats(-4 * math.pi, 4 * math.pi), st.integers(0, 2**32 - 1))
def test_it_is_what_scipy_computes(angle, seed):
    image = noise(1, seed)
    scaled = rotate_and_scale(image, [angle])
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled[0], reference(image[0], angle), atol=1e-5)


@pytest.mark.parametrize("angle", np.linspace(-np.pi, np.pi, 9))
def test_the_corners_of_the_picture_are_where_scipy_has_them(angle):
    """At 45 degrees the corners of the crop lie farthest outside the image."""
    image = np.full((1, 28, 28), 255, np.uint8)
    np.testing.assert_allclose(rotate_and_scale(image, [angle])[0], reference(image[0], angle), atol=1e-5)


def test_angle_0_is_area_scaling():
    images = noise(50)
    np.testing.assert_allclose(rotate_and_scale(images, np.zeros(50)), area_scale(images), rtol=0, atol=1e-6)


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_are_counter_clockwise(quarters):
    images = noise(3)
    turned = np.ascontiguousarray(np.rot90(images, quarters, axes=(1, 2)))
    scaled = rotate_and_scale(images, np.full(3, quarters * np.pi / 2))
    np.testing.assert_allclose(scaled, area_scale(turned), atol=1e-5)


def test_images_do_not_influence_each_other():
    images, angles = noise(20), random_angles(20, 180, np.random.default_rng(1))
    together = rotate_and_scale(images, angles)
    apart = np.concatenate([rotate_and_scale(images[n : n + 1], angles[n : n + 1]) for n in range(20)])
    np.testing.assert_array_equal(together, apart)


def test_the_images_are_left_alone_and_may_be_read_only():
    images = noise(4)
    images.flags.writeable = False
    before = images.copy()
    turned = rotate_and_scale(images, np.full(4, 0.3))
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(turned, rotate_and_scale(before, np.full(4, 0.3)))


def test_values_stay_between_0_and_1():
    steps = np.random.default_rng(2).choice(np.array([0, 3, 255], np.uint8), (500, 28, 28))
    scaled = rotate_and_scale(steps, random_angles(500, 180, np.random.default_rng(3)))
    assert scaled.min() >= 0
    assert scaled.max() <= 1


def test_no_images():
    assert rotate_and_scale(np.zeros((0, 28, 28), np.uint8), []).shape == (0, 256)


def test_angles_are_uniform_in_radians():
    angles = random_angles(20_000, 15.0, np.random.default_rng(0))
    limit = math.radians(15)
    assert angles.shape == (20_000,)
    assert np.abs(angles).max() <= limit
    assert abs(angles.mean()) < 0.02 * limit
    assert angles.std() == pytest.approx(limit / math.sqrt(3), rel=0.02)
    np.testing.assert_array_equal(angles, random_angles(20_000, 15.0, np.random.default_rng(0)))


def test_no_rotation_draws_zeros():
    assert not random_angles(5, 0, np.random.default_rng(0)).any()


@pytest.mark.parametrize("max_deg", [-1, 181, math.nan, math.inf])
def test_an_impossible_range_is_refused(max_deg):
    with pytest.raises(ConfigError, match="between 0 and 180"):
        random_angles(5, max_deg, np.random.default_rng(0))


@pytest.mark.parametrize("angle", [math.nan, math.inf, -math.inf])
def test_an_angle_that_is_not_finite_is_refused(angle):
    with pytest.raises(ConfigError, match="of image 1 must be finite"):
        rotate_and_scale(noise(3), [0, angle, 0])


@pytest.mark.parametrize("angles", [[0.0], 0.0, [[0.0, 0.0]]])
def test_one_angle_per_image(angles):
    with pytest.raises(ConfigError, match="2 images need as many angles"):
        rotate_and_scale(noise(2), angles)


def test_other_images_are_refused():
    with pytest.raises(DataError, match="float64"):
        rotate_and_scale(np.zeros((2, 28, 28)), [0, 0])
