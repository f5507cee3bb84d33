from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.errors import ConfigError
from inloop.training.datasets.image_set import ImageSet
from inloop.training.datasets.reduced import overlaps, reduced
from inloop.training.datasets.samples import Images


@given(st.integers(1, 28), st.integers(1, 28))
def test_overlaps_keep_the_mean(old: int, new: int) -> None:
    matrix = overlaps(max(old, new), min(old, new))
    np.testing.assert_allclose(matrix.sum(axis=1), 1)
    np.testing.assert_allclose(matrix.sum(axis=0), min(old, new) / max(old, new))
    assert (matrix >= 0).all()


def test_overlaps_by_hand() -> None:
    np.testing.assert_allclose(overlaps(3, 2), [[2 / 3, 1 / 3, 0], [0, 1 / 3, 2 / 3]])
    np.testing.assert_array_equal(overlaps(4, 4), np.eye(4))


@pytest.fixture
def images(monkeypatch: pytest.MonkeyPatch) -> Images:
    rng = np.random.default_rng(0)
    data = Images("fake", rng.integers(0, 256, (50, 28, 28), dtype=np.uint8), np.arange(50) % 10, 10)
    monkeypatch.setattr(ImageSet, "read", lambda *_: data)
    return data


def test_some_digits_are_kept_and_counted_anew(images: Images) -> None:
    few = reduced("mnist", "train", 10, 2, (0, 1, 4, 6, 7))
    assert few.images.shape == (25, 100)
    assert few.images.dtype == np.float32
    assert 0 <= few.images.min() < few.images.max() <= 1
    assert few.labels[:7].tolist() == [0, 1, 2, 3, 4, 0, 1]
    inner = images.inputs[0, 2:26, 2:26] / 255
    assert few.images[0].mean() == pytest.approx(inner.mean(), rel=1e-5)


def test_all_pixels_can_be_kept(images: Images) -> None:
    whole = reduced("mnist", "train", 28, 0, tuple(range(10)))
    np.testing.assert_allclose(whole.images, images.inputs.reshape(50, -1) / 255, rtol=1e-6)


@pytest.mark.usefixtures("images")
def test_nonsense_is_refused() -> None:
    with pytest.raises(ConfigError, match="side = 25 with margin = 2 must lie between 1 and 24"):
        reduced("mnist", "train", 25, 2, (0, 1))
    with pytest.raises(ConfigError, match="must be different classes out of"):
        reduced("mnist", "train", 10, 2, (0, 0))
    with pytest.raises(ConfigError, match=r"digits = \(10,\)"):
        reduced("mnist", "train", 10, 2, (10,))


def test_features_are_no_images() -> None:
    with pytest.raises(ConfigError, match="'yin-yang' has no images"):
        reduced("yin-yang", "test", 2, 0, (0, 1))
