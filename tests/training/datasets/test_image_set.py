from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from inloop.errors import ConfigError, DataError, LabelError
from inloop.training.datasets.image_set import TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from inloop.training.datasets.samples import Features, Images
from inloop.training.datasets.yin_yang import PUBLISHED, generate
from inloop.training.registries import DATASETS


def load(name: str, split: str, hold_out: bool = False):
    return DATASETS.get(name).load(split, hold_out)


def write(data_root, contents):
    (data_root / "mnist").mkdir(parents=True)
    for name, data in contents.items():
        (data_root / "mnist" / name).write_bytes(data)


@pytest.fixture
def on_disk(data_root, small_mnist):
    """5040 training and 30 test images; each carries its number."""
    write(data_root, small_mnist)


def numbers(data: Images) -> list[int]:
    return (data.inputs[:, 0, 0].astype(int) * 256 + data.inputs[:, 0, 1]).tolist()


@pytest.mark.usefixtures("on_disk")
@pytest.mark.parametrize(
    ("split", "hold_out", "expected"),
    [
        ("train", False, range(5040)),
        ("train", True, range(40)),
        ("validation", False, range(40, 5040)),
        ("validation", True, range(40, 5040)),
        ("test", False, range(30)),
        ("test", True, range(30)),
    ],
)
def test_the_splits_of_an_image_set(split, hold_out, expected):
    data = load("mnist", split, hold_out=hold_out)
    assert numbers(data) == list(expected)
    assert data.labels.tolist() == [number % 10 for number in expected]
    assert (data.name, data.classes, len(data)) == ("mnist", 10, len(expected))
    assert (data.inputs.dtype, data.labels.dtype) == (np.uint8, np.int64)
    assert data.values().shape == (len(expected), 256)
    np.testing.assert_array_equal(data.first(7).inputs, data.inputs[:7])
    assert data.first(7).labels.tolist() == data.labels[:7].tolist()


@pytest.mark.parametrize("split", list(PUBLISHED))
@pytest.mark.parametrize("hold_out", [False, True])
def test_the_splits_of_yin_yang_need_no_files(data_root, split, hold_out):
    data = load("yin-yang", split, hold_out=hold_out)
    features, labels = generate(*PUBLISHED[split])
    np.testing.assert_array_equal(data.inputs, features)
    np.testing.assert_array_equal(data.labels, labels)
    assert data.classes == 3
    assert not data_root.exists()


def test_an_unknown_name_or_split_lists_the_known():
    with pytest.raises(ConfigError, match="'cifar'; known: yin-yang, mnist, fashion-mnist"):
        load("cifar", "train")
    with pytest.raises(ConfigError, match="'dev' of data set mnist; known: train, validation, test"):
        load("mnist", "dev")


@pytest.mark.usefixtures("data_root")
def test_missing_files_say_what_to_do():
    with pytest.raises(DataError, match="inloop data fetch fashion-mnist"):
        load("fashion-mnist", "test")


@pytest.mark.usefixtures("on_disk")
def test_a_truncated_file_is_refused(data_root):
    path = data_root / "mnist" / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DataError, match="truncated"):
        load("mnist", "train")
    assert len(load("mnist", "test")) == 30


def test_labels_out_of_range(data_root, small_mnist, make_mnist, make_idx):
    small_mnist[TEST_LABELS] = make_idx(np.array([0] * 28 + [10, 11]))
    make_mnist(small_mnist)
    write(data_root, small_mnist)
    with pytest.raises(LabelError, match=r"label 10 of sample 28 is outside 0\.\.9"):
        load("mnist", "test")


def test_more_images_than_labels(data_root, small_mnist, make_mnist, make_idx):
    small_mnist[TEST_LABELS] = make_idx(np.zeros(29))
    make_mnist(small_mnist)
    write(data_root, small_mnist)
    with pytest.raises(DataError, match="30 inputs"):
        load("mnist", "test")


def test_images_of_another_size(data_root, small_mnist, make_mnist, make_idx):
    small_mnist[TRAIN_IMAGES] = make_idx(np.zeros((5040, 8, 8)))
    make_mnist(small_mnist)
    write(data_root, small_mnist)
    with pytest.raises(DataError, match=r"28, 28"):
        load("mnist", "train")


def test_too_few_images_to_split(data_root, small_mnist, make_mnist, make_idx):
    small_mnist[TRAIN_IMAGES], small_mnist[TRAIN_LABELS] = (
        make_idx(np.zeros((5000, 28, 28))),
        make_idx(np.zeros(5000)),
    )
    make_mnist(small_mnist)
    write(data_root, small_mnist)
    with pytest.raises(DataError, match="5000 training images"):
        load("mnist", "validation")


def test_samples_are_frozen_and_check_their_labels():
    data = Features("x", np.zeros((2, 4)), np.array([0, 2]), 3)
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.classes = 2
    with pytest.raises(LabelError, match="label -1"):
        Features("x", np.zeros((2, 4)), np.array([0, -1]), 3)
    with pytest.raises(DataError, match="2 inputs"):
        Images("x", np.zeros((2, 28, 28), np.uint8), np.array([[0], [1]]), 3)


MNIST_TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
MNIST_TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


@pytest.mark.usefixtures("real_data")
@pytest.mark.parametrize(
    ("name", "split", "first", "per_class", "mean"),
    [
        ("mnist", "train", [5, 0, 4, 1, 9, 2, 1, 3, 1, 4], MNIST_TRAIN, 33.318),
        ("mnist", "test", [7, 2, 1, 0, 4, 1, 4, 9, 5, 9], MNIST_TEST, 33.791),
        ("fashion-mnist", "train", [9, 0, 0, 3, 0, 2, 7, 2, 5, 5], [6000] * 10, 72.940),
        ("fashion-mnist", "test", [9, 2, 1, 1, 6, 1, 4, 6, 5, 7], [1000] * 10, 73.147),
    ],
)
def test_the_real_images(name, split, first, per_class, mean):
    data = load(name, split)
    assert data.labels[:10].tolist() == first
    assert np.bincount(data.labels).tolist() == per_class
    assert data.inputs.mean() == pytest.approx(mean, abs=1e-3)


@pytest.mark.usefixtures("real_data")
def test_the_real_hold_out():
    train, held_out = load("mnist", "train", hold_out=True), load("mnist", "validation")
    assert (len(train), len(held_out)) == (55_000, 5_000)
    whole = load("mnist", "train")
    np.testing.assert_array_equal(np.concatenate([train.inputs, held_out.inputs]), whole.inputs)
    np.testing.assert_array_equal(np.concatenate([train.labels, held_out.labels]), whole.labels)
