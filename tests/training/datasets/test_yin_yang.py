from __future__ import annotations

import math

import numpy as np
import pytest
from inloop.errors import ConfigError
from inloop.training.datasets.yin_yang import PUBLISHED, classify, generate


@pytest.mark.parametrize("split", list(PUBLISHED))
def test_the_published_arrays_are_reproduced_exactly(real_data, split):
    features, labels = generate(*PUBLISHED[split])
    np.testing.assert_array_equal(features, np.load(real_data / "yin_yang" / f"{split}_samples.npy"))
    np.testing.assert_array_equal(labels, np.load(real_data / "yin_yang" / f"{split}_labels.npy"))


@pytest.mark.parametrize(
    ("split", "per_class"),
    [("train", [1681, 1702, 1617]), ("validation", [316, 336, 348]), ("test", [350, 316, 334])],
)
def test_the_published_number_of_samples_per_class(split, per_class):
    assert np.bincount(generate(*PUBLISHED[split])[1]).tolist() == per_class


def test_features_lie_in_the_disc_and_mirror_each_other():
    features, labels = generate(300, 7)
    assert (features.shape, features.dtype, labels.dtype) == ((300, 4), np.float64, np.int64)
    assert (np.hypot(features[:, 0] - 0.5, features[:, 1] - 0.5) <= 0.5).all()
    np.testing.assert_array_equal(features[:, 2:], 1 - features[:, :2])
    assert [classify(x, y) for x, y, *_ in features] == labels.tolist()


def test_the_seed_decides():
    first, again, other = generate(50, 1), generate(50, 1), generate(50, 2)
    np.testing.assert_array_equal(first[0], again[0])
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize(
    ("x", "y", "label"),
    [
        (0.75, 0.5, 2),
        (0.25, 0.5, 2),
        (0.5, 0.9, 1),
        (0.5, 0.1, 0),
        (0.25, 0.35, 1),  # below the middle, but around the left dot
        (0.75, 0.65, 0),  # above the middle, but around the right dot
        (0.25, 0.25, 1),  # on the left circle, which belongs to yang
    ],
)
def test_classes_of_known_points(x, y, label):
    assert classify(x, y) == label


def test_the_shares_of_the_disc():
    axis = (np.arange(200) + 0.5) / 200
    labels = [classify(x, y) for x in axis for y in axis if math.hypot(x - 0.5, y - 0.5) <= 0.5]
    np.testing.assert_allclose(np.bincount(labels) / len(labels), [0.46, 0.46, 0.08], atol=0.005)


def test_no_samples():
    features, labels = generate(0, 1)
    assert (features.shape, labels.shape) == ((0, 4), (0,))


@pytest.mark.parametrize(("size", "seed"), [(-1, 0), (1, -1), (1, 2**32)])
def test_an_impossible_size_or_seed_is_refused(size, seed):
    with pytest.raises(ConfigError, match="yin-yang"):
        generate(size, seed)
