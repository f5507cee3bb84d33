"""Sound on its way onto the chip, through a model of the inner ear.

The spikes of a whole set are kept in the cache folder, under a name that depends on recordings, ear and its source.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import SpikeBatch
from ...cache import cache_folder
from ...files import write_atomically
from ..datasets.bounded import read_npz
from ..datasets.recordings import Recordings
from ..datasets.utterances import Utterances
from ..fields import Positive
from ..progress import meter
from . import ear as ear_model
from .ear import InnerEar, hear
from .encoding import Augmentation, Encoding
from .on_chip import on_chip

Spikes = tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.float32]]
"""Offsets, channels and times as `hear` gives them."""

MOST_KEPT_BYTES: Final = 1 << 28
"""Of the spikes of a set; those of spoken digits and the usual ear have 20 MB."""

_BLOCK: Final = 100  # recordings between two movements of the progress bar


class InnerEarEncoding(Encoding):
    """Sound, heard by a model of the inner ear; its spikes come `compression` times as fast as in the sound."""

    takes = Recordings
    augmentations = ("channel_jitter",)

    kind: Literal["inner-ear"] = "inner-ear"
    """Name of this encoding."""
    compression: Positive = 4000
    """How many times as fast as in the sound its spikes come."""
    ear: InnerEar = InnerEar()
    """Parameters of the ear, see `InnerEar`."""

    def prepared(self, samples: Any) -> Utterances:
        """Return recordings as the ear hears them. Raises `StorageError` if the cache cannot be written."""
        offsets, channel, time_s = _heard(samples, self.ear)
        classes = np.zeros(samples.count, np.int64)  # of the whole set, of which some are not in this split
        classes[samples.chosen] = samples.labels
        words = Utterances(samples.name, offsets, channel, time_s, self.ear.channels, classes, samples.classes)
        return words.select(samples.chosen)

    def encode(self, samples: Utterances, window_s: float, augmentation: Augmentation | None = None) -> SpikeBatch:
        """Return the spikes of all channels of the ear, on other channels where they jitter."""
        jitter, rng = (0.0, None) if augmentation is None else (augmentation.channel_jitter, augmentation.rng)
        return on_chip(samples, self.compression, window_s, jitter=jitter, rng=rng)


def _heard(recordings: Recordings, ear: InnerEar) -> Spikes:
    """Return the spikes of the whole set, from the cache if they are there."""
    source = Path(ear_model.__file__).read_bytes()
    key = hashlib.sha256(f"{recordings.digest} {ear.model_dump_json()} ".encode() + source).hexdigest()
    path = cache_folder() / f"{recordings.name}-{key[:20]}.npz"
    kept = _from_cache(path, recordings.count, ear)
    if kept is not None:
        return kept
    sounds = recordings.whole()
    counts, channels, times = [np.zeros(1, np.int64)], [], []
    with meter("inner ear", len(sounds)) as bar:
        for start in range(0, len(sounds), _BLOCK):
            offsets, channel, time_s = hear(sounds[start : start + _BLOCK], recordings.rate_hz, ear)
            counts.append(np.diff(offsets))
            channels.append(channel)
            times.append(time_s)
            bar.advance(len(offsets) - 1)
    arrays = np.cumsum(np.concatenate(counts)), np.concatenate(channels), np.concatenate(times)

    def write(temporary: Path) -> None:
        np.savez(temporary, offsets=arrays[0], channel=arrays[1], time_s=arrays[2])

    write_atomically(path, write)
    return arrays


def _from_cache(path: Path, recordings: int, ear: InnerEar) -> Spikes | None:
    """Return what is kept, if it can be what `hear` gives."""
    try:
        kept = read_npz(path, MOST_KEPT_BYTES)
        offsets, channel, time_s = kept["offsets"], kept["channel"], kept["time_s"]
    except (OSError, ValueError, KeyError):  # not there, or harmed
        return None
    types = [array.dtype.type for array in (offsets, channel, time_s)]
    if types != [np.int64, np.int16, np.float32] or offsets.shape != (recordings + 1,):
        return None
    whole = offsets[0] == 0 and (np.diff(offsets) >= 0).all() and channel.shape == time_s.shape == (offsets[-1],)
    if not whole or not ((channel >= 0) & (channel < ear.channels) & (time_s >= 0) & (time_s < np.inf)).all():
        return None
    return offsets, channel, time_s
