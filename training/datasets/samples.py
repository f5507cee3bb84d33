"""The samples of one split, before any encoding: what an encoding can ask for.

`Images` and `Features` are here, `Utterances` and `Recordings`, of speech, in files of their own. Each raises
`DataError` if inputs and labels differ in number, `LabelError` for a label out of range.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from .images import area_scale, check_images
from .labels import check_labels


@runtime_checkable
class Samples(Protocol):
    """Samples of any type. name: of the data set. labels: int64 (N), 0 .. classes − 1."""

    @property
    def name(self) -> str: ...  # noqa: D102

    @property
    def labels(self) -> NDArray[np.int64]: ...  # noqa: D102

    @property
    def classes(self) -> int: ...  # noqa: D102

    def first(self, count: int) -> Self:
        """Return the first samples, sharing memory."""
        ...


@dataclass(frozen=True, eq=False)
class Features:
    """inputs: (N, features) float64, in 0 .. 1."""

    name: str
    inputs: NDArray[np.float64]
    labels: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        """Refuse labels that do not fit."""
        check_labels(self.name, len(self.inputs), self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Features:
        """Return the first samples, sharing memory."""
        return replace(self, inputs=self.inputs[:count], labels=self.labels[:count])

    def values(self) -> NDArray[np.float64]:
        """Return the inputs, (N, features) in 0 .. 1."""
        return self.inputs


@dataclass(frozen=True, eq=False)
class Images:
    """inputs: (N, 28, 28) uint8."""

    name: str
    inputs: NDArray[np.uint8]
    labels: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        """Refuse images of another size or type, and labels that do not fit."""
        check_images(self.inputs)
        check_labels(self.name, len(self.inputs), self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Images:
        """Return the first images, sharing memory."""
        return replace(self, inputs=self.inputs[:count], labels=self.labels[:count])

    def values(self) -> NDArray[np.float32]:
        """Return the images cropped and scaled, (N, 256) in 0 .. 1."""
        return area_scale(self.inputs)
