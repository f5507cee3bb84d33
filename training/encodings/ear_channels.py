"""The way onto the chip of spikes that come from an inner ear: some of its channels, and another time scale."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ...behavioral.events import SpikeBatch
from ..datasets.utterances import Utterances
from ..fields import Count, Positive
from .encoding import Augmentation, Encoding
from .on_chip import on_chip


class EarChannelsEncoding(Encoding):
    """Spikes of an inner ear, `compression` times as fast; of its channels, every `step`-th from `first` on is kept."""

    takes = Utterances
    augmentations = ("channel_jitter",)

    kind: Literal["ear-channels"] = "ear-channels"
    """Name of this encoding."""
    compression: Positive = 2000
    """How many times as fast as in the sound its spikes come."""
    first: Annotated[int, Field(ge=0, lt=2**31, strict=True)] = 70
    """First channel of the ear that is kept."""
    step: Count = 9
    """Distance between two channels that are kept."""

    def encode(self, samples: Utterances, window_s: float, augmentation: Augmentation | None = None) -> SpikeBatch:
        """Return the spikes of the channels that are kept, on other channels where they jitter."""
        jitter, rng = (0.0, None) if augmentation is None else (augmentation.channel_jitter, augmentation.rng)
        return on_chip(samples, self.compression, window_s, first=self.first, step=self.step, jitter=jitter, rng=rng)
