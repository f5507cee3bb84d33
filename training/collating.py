"""Batches of samples for `torch.utils.data.DataLoader`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch.utils.data import default_collate

from ..behavioral.events import SpikeBatch


def collate(samples: Sequence[Any]) -> Any:
    """Return one batch of samples of a data set: spikes are concatenated, anything else as torch does it.

    For `DataLoader(data, collate_fn=inloop.collate)`: a sample may be a `SpikeBatch`, or a tuple with some, such as the
    `(spikes, label)` that `load_data` gives.
    """
    if isinstance(samples[0], SpikeBatch):
        return SpikeBatch.concatenate(samples)
    if isinstance(samples[0], tuple):
        return tuple(collate(part) for part in zip(*samples, strict=True))
    return default_collate(list(samples))
