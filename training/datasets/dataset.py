"""`Dataset`: the raw inputs and labels of one split, and how to load it by name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError, DataError
from .idx import parse_images, parse_labels
from .images import check_images
from .labels import check_labels
from .registry import SPLITS, TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS, DataFile, DatasetInfo, dataset_info
from .store import read_verified
from .yin_yang import PUBLISHED, generate

VALIDATION_IMAGES = 5000
"""The last training images of an image set make up its validation split."""


@dataclass(frozen=True)
class Dataset:
    """One split of a data set, before any encoding.

    inputs: images (N, 28, 28) uint8, or features (N, features) float64. labels: int64 (N), 0 .. classes − 1.

    Raises `DataError` if inputs and labels differ in number, `LabelError` for a label out of range.
    """

    name: str
    inputs: NDArray[np.uint8] | NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        """Refuse labels that do not fit."""
        check_labels(self.name, len(self.inputs), self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.labels)


def load(name: str, split: str, hold_out: bool = False) -> Dataset:
    """Load a split (train, validation or test) of a data set by name.

    Image sets: validation is the last 5000 of the 60000 training images. train is all of them, or with
    hold_out only those that are not in validation. yin-yang has three separate splits, and hold_out changes
    nothing.

    Raises `ConfigError` for an unknown name or split, `DataError` for a file that is missing, truncated or
    altered, `LabelError` for labels out of range.
    """
    info = dataset_info(name)
    if split not in SPLITS:
        raise ConfigError(f"unknown split {split!r} of data set {name}; known: {', '.join(SPLITS)}")
    if not info.files:
        features, labels = generate(*PUBLISHED[split])
        return Dataset(name, features, labels, info.classes)
    if split == "test":
        return _read_pair(info, TEST_IMAGES, TEST_LABELS)
    whole = _read_pair(info, TRAIN_IMAGES, TRAIN_LABELS)
    if len(whole) <= VALIDATION_IMAGES:
        raise DataError(
            f"{name}: {len(whole)} training images, but the validation split takes {VALIDATION_IMAGES}; "
            "fetch the files again"
        )
    if split == "validation":
        return _part(whole, slice(-VALIDATION_IMAGES, None))
    return _part(whole, slice(None, -VALIDATION_IMAGES)) if hold_out else whole


def _part(data: Dataset, part: slice) -> Dataset:
    return Dataset(data.name, data.inputs[part], data.labels[part], data.classes)


def _read_pair(info: DatasetInfo, image_file: str, label_file: str) -> Dataset:
    files: list[DataFile] = [info.file(image_file), info.file(label_file)]
    images = parse_images(read_verified(files[0]), files[0].name)
    labels = parse_labels(read_verified(files[1]), files[1].name)
    check_images(images)
    return Dataset(info.name, images, labels.astype(np.int64), info.classes)
