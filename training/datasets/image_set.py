"""`ImageSet`: a data set of images in the format of MNIST, four files of 60000 and 10000 images and labels."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...errors import DataError
from .data_file import DataFile
from .data_set import DataSet
from .idx import parse_images, parse_labels
from .samples import Images
from .store import read_verified

TRAIN_IMAGES: Final = "train-images-idx3-ubyte.gz"
TRAIN_LABELS: Final = "train-labels-idx1-ubyte.gz"
TEST_IMAGES: Final = "t10k-images-idx3-ubyte.gz"
TEST_LABELS: Final = "t10k-labels-idx1-ubyte.gz"

VALIDATION_IMAGES: Final = 5000
"""The last training images make up the validation split."""


class ImageSet(DataSet):
    """train is all training images, or with hold_out only those that are not in validation."""

    gives = Images

    def read(self, split: str, hold_out: bool) -> Images:
        """Return the images of a split."""
        if split == "test":
            return self._pair(TEST_IMAGES, TEST_LABELS)
        whole = self._pair(TRAIN_IMAGES, TRAIN_LABELS)
        if len(whole) <= VALIDATION_IMAGES:
            raise DataError(
                f"{self.name}: {len(whole)} training images, but the validation split takes {VALIDATION_IMAGES}; "
                "fetch the files again"
            )
        if split == "validation":
            return self._part(whole, slice(-VALIDATION_IMAGES, None))
        return self._part(whole, slice(None, -VALIDATION_IMAGES)) if hold_out else whole

    def _part(self, data: Images, part: slice) -> Images:
        return Images(self.name, data.inputs[part], data.labels[part], self.classes)

    def _pair(self, image_file: str, label_file: str) -> Images:
        files = [self.file(image_file), self.file(label_file)]
        images = parse_images(read_verified(files[0]), files[0].name)
        labels = parse_labels(read_verified(files[1]), files[1].name)
        return Images(self.name, images, labels.astype(np.int64), self.classes)


def image_files(
    dataset: str, folder: str, mirrors: tuple[str, ...], facts: dict[str, tuple[int, str]]
) -> tuple[DataFile, ...]:
    """Return the files of a data set. facts: length in bytes and SHA-256 by name."""
    return tuple(DataFile(dataset, folder, name, *fact, mirrors) for name, fact in facts.items())
