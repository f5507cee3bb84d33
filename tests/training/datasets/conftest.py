"""Shared by the data-set tests: a small data set on disk, and the real files where there are any."""

from __future__ import annotations

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from inloop.training.datasets import image_set, mnist
from inloop.training.datasets.data_file import DataFile
from inloop.training.datasets.image_set import ImageSet

TRAIN, TEST = 5040, 30


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">{1 + array.ndim}I", 0x0800 + array.ndim, *array.shape)
    return gzip.compress(header + array.astype(np.uint8).tobytes(), 1, mtime=0)


@pytest.fixture
def real_data() -> Path:
    folder = os.environ.get("INLOOP_DATA", "")
    if not folder:
        pytest.skip("needs the real data sets: set INLOOP_DATA to the folder that holds them")
    return Path(folder)


@pytest.fixture
def data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an empty data folder the current one."""
    root = tmp_path / "data"
    monkeypatch.setenv("INLOOP_DATA", str(root))
    return root


@pytest.fixture(scope="session")
def small_arrays() -> dict[str, np.ndarray]:
    """Arrays in the place of the four MNIST files; each image carries its number in its first two pixels."""
    arrays = {}
    for images, labels, count in (
        (image_set.TRAIN_IMAGES, image_set.TRAIN_LABELS, TRAIN),
        (image_set.TEST_IMAGES, image_set.TEST_LABELS, TEST),
    ):
        number = np.arange(count)
        arrays[images] = np.zeros((count, 28, 28), np.uint8)
        arrays[images][:, 0, 0], arrays[images][:, 0, 1] = number // 256, number % 256
        arrays[labels] = (number % 10).astype(np.uint8)
    return arrays


@pytest.fixture
def small_mnist(small_arrays, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Register those arrays as `mnist`; return the bytes of the files by name. Nothing is written."""
    contents = {name: idx(array) for name, array in small_arrays.items()}
    register(monkeypatch, contents)
    return contents


def register(monkeypatch, contents: dict[str, bytes], mirrors: tuple[str, ...] = ()) -> ImageSet:
    """Register files with these bytes as the data set `mnist`."""
    files = tuple(
        DataFile("mnist", "mnist", name, len(data), hashlib.sha256(data).hexdigest(), mirrors)
        for name, data in contents.items()
    )
    info = ImageSet("mnist", tuple("0123456789"), files, "test")
    monkeypatch.setattr(mnist, "MNIST", info)
    return info


@pytest.fixture
def make_mnist(monkeypatch: pytest.MonkeyPatch):
    return lambda contents, mirrors=(): register(monkeypatch, contents, mirrors)


@pytest.fixture
def make_idx():
    return idx
