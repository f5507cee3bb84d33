"""`Recordings`: sounds, which an encoding hears."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .labels import check_labels


@dataclass(frozen=True, eq=False)
class Recordings:
    """One split of a set of sounds.

    whole: returns the sounds of the whole set, each a row of samples, −1 .. 1; count: how many those are. digest:
    identifies them, so that what was heard can be kept. chosen: int64 (N), which of them are in this split. labels:
    int64 (N), 0 .. classes − 1. rate_hz: samples per second.

    Raises `DataError` if sounds and labels differ in number, `LabelError` for a label out of range.
    """

    name: str
    whole: Callable[[], list[NDArray[np.float32]]]
    count: int
    digest: str
    rate_hz: float
    chosen: NDArray[np.int64]
    labels: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        """Refuse labels that do not fit."""
        check_labels(self.name, len(self.chosen), self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Recordings:
        """Return the first recordings, sharing memory."""
        return replace(self, chosen=self.chosen[:count], labels=self.labels[:count])
