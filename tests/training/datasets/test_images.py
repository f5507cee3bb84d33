from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from inloop.errors import DataError
from inloop.training.datasets.images import area_scale


def overlap_matrix(old: int, new: int) -> np.ndarray:
    """Share of each new pixel's area that each old pixel covers, along one axis."""
    step = old / new
    start, pixel = step * np.arange(new)[:, None], np.arange(old)[None]
    return np.clip(np.minimum(start + step, pixel + 1) - np.maximum(start, pixel), 0, None) / step


def reference(images: np.ndarray) -> np.ndarray:
    weights = overlap_matrix(24, 16)
    crop = images[:, 2:26, 2:26].astype(float) / 255
    return (weights @ crop @ weights.T).reshape(len(images), 256)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 4), st.integers(0, 2**32 - 1))
def test_it_is_the_mean_over_the_area(count, seed):
    images = np.random.default_rng(seed).integers(0, 256, (count, 28, 28), dtype=np.uint8)
    scaled = area_scale(images)
    assert scaled.dtype == np.float32
    assert scaled.shape == (count, 256)
    np.testing.assert_allclose(scaled, reference(images), atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(arrays(np.uint8, (1, 28, 28), elements=st.sampled_from([0, 1, 254, 255]), fill=st.just(255)))
def test_values_stay_between_0_and_1(images):
    scaled = area_scale(images)
    assert scaled.min() >= 0
    assert scaled.max() <= 1


def test_white_is_exactly_1_and_black_exactly_0():
    images = np.stack([np.full((28, 28), 255, np.uint8), np.zeros((28, 28), np.uint8)])
    assert (area_scale(images) == [[1], [0]]).all()


def test_the_margin_does_not_count():
    image = np.full((1, 28, 28), 255, np.uint8)
    image[:, 2:26, 2:26] = 0
    assert not area_scale(image).any()


def test_rows_come_before_columns():
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 2, 25] = 255  # top right of the crop
    assert np.flatnonzero(area_scale(image)[0]).tolist() == [15]


def test_any_memory_order_is_accepted():
    images = np.random.default_rng(0).integers(0, 256, (3, 28, 28), dtype=np.uint8)
    frozen = images.copy()
    frozen.flags.writeable = False
    np.testing.assert_array_equal(area_scale(np.asfortranarray(images)), area_scale(images))
    np.testing.assert_array_equal(area_scale(images[::2]), area_scale(images)[::2])
    np.testing.assert_array_equal(area_scale(frozen), area_scale(images))


@pytest.mark.parametrize(
    ("images", "given"),
    [
        (np.zeros((3, 28, 28)), "float64"),
        (np.zeros((28, 28), np.uint8), r"\(28, 28\)"),
        (np.zeros((3, 24, 24), np.uint8), r"\(3, 24, 24\)"),
        ([[1]], "list"),
    ],
)
def test_other_arrays_are_refused(images, given):
    with pytest.raises(DataError, match=given):
        area_scale(images)
