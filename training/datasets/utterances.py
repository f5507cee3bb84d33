"""`Utterances`: spoken words as spikes of an inner ear."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .labels import check_labels


@dataclass(frozen=True, eq=False)
class Utterances:
    """One split of a speech data set.

    offsets: int64 (N + 1); the spikes of utterance k are offsets[k]:offsets[k + 1]. channel: int16 (spikes), below
    `channels`. time_s: float32 (spikes), seconds of sound. labels: int64 (N), 0 .. classes − 1.

    Raises `DataError` if utterances and labels differ in number, `LabelError` for a label out of range.
    """

    name: str
    offsets: NDArray[np.int64]
    channel: NDArray[np.int16]
    time_s: NDArray[np.float32]
    channels: int
    labels: NDArray[np.int64]
    classes: int

    def __post_init__(self) -> None:
        """Refuse labels that do not fit."""
        check_labels(self.name, len(self.offsets) - 1, self.labels, self.classes)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> Utterances:
        """Return the first utterances, sharing memory."""
        end = self.offsets[count]
        return Utterances(
            self.name, self.offsets[: count + 1], self.channel[:end], self.time_s[:end], self.channels,
            self.labels[:count], self.classes,
        )  # fmt: skip

    def select(self, utterances: NDArray[np.int64]) -> Utterances:
        """Return those utterances, in that order."""
        counts = self.offsets[utterances + 1] - self.offsets[utterances]
        offsets = np.zeros(len(utterances) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        take = np.repeat(self.offsets[utterances] - offsets[:-1], counts) + np.arange(offsets[-1])
        return Utterances(
            self.name, offsets, self.channel[take], self.time_s[take], self.channels, self.labels[utterances],
            self.classes,
        )  # fmt: skip
