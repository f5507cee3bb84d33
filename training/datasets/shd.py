"""The Spiking Heidelberg Digits (Cramer, Stradmann, Schemmel, Zenke, IEEE TNNLS 33, 2022), from the original files.

An HDF5 file holds one entry per utterance of one of 20 spoken digits:

    spikes/times    times of the spikes, seconds                 labels          0 .. 9 English, 10 .. 19 German
    spikes/units    channel of each, 0 .. 699                    extra/speaker   number of the speaker

train and test are files of their own; two speakers occur in the test file alone. The validation split is one more
unseen speaker: all utterances of that training speaker whose number is highest.
"""

from __future__ import annotations

import gzip
import io
import zlib
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError, DataError, MissingToolError
from .registry import SHD_TEST, SHD_TRAIN, SPLITS, dataset_info
from .store import read_verified
from .utterances import Utterances

CHANNELS = 700
_GZIP = b"\x1f\x8b"


def load_shd(split: str, hold_out: bool = False) -> Utterances:
    """Load a split (train, validation or test).

    train is the whole file, or with hold_out only what is not in validation.
    Raises `ConfigError` for an unknown split, `DataError` for a file that is missing, damaged or of another structure,
    `MissingToolError` without the package h5py.
    """
    if split not in SPLITS:
        raise ConfigError(f"unknown split {split!r} of data set shd; known: {', '.join(SPLITS)}")
    file = dataset_info("shd").file(SHD_TEST if split == "test" else SHD_TRAIN)
    words, speaker = parse_shd(read_verified(file), file.name)
    if split == "test" or (split == "train" and not hold_out):
        return words
    held_out = speaker == speaker.max(initial=0)
    return words.select(np.flatnonzero(held_out if split == "validation" else ~held_out))


def parse_shd(data: bytes, source: str) -> tuple[Utterances, NDArray[np.int64]]:
    """Return the utterances of a file, gzip-compressed or not, and the speaker of each.

    source: name of the file, for the message. Raises `DataError` for bytes of another format or structure.
    """
    h5py = _h5py()
    try:
        raw = gzip.decompress(data) if data.startswith(_GZIP) else data
        with h5py.File(io.BytesIO(raw), "r") as file:
            times, units = file["spikes/times"][:], file["spikes/units"][:]
            labels, speaker = file["labels"][:].astype(np.int64), file["extra/speaker"][:].astype(np.int64)
    except (OSError, EOFError, zlib.error, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{source}: no file of the Spiking Heidelberg Digits ({reason}); fetch it again") from error
    if not len(times) == len(units) == len(speaker):
        raise DataError(f"{source}: {len(times)} rows of times, {len(units)} of units, {len(speaker)} speakers")
    lengths = np.array([len(row) for row in units], np.int64)
    if any(len(row) != length for row, length in zip(times, lengths, strict=True)):
        raise DataError(f"{source}: an utterance has another number of times than of units; fetch it again")
    channel = np.concatenate([np.zeros(0), *units])
    time_s = np.concatenate([np.zeros(0, np.float32), *times]).astype(np.float32)
    if len(channel) and not (channel.min() >= 0 and channel.max() < CHANNELS and 0 <= time_s.min() < np.inf):
        raise DataError(f"{source}: units must be 0 .. {CHANNELS - 1} and times not negative; fetch it again")
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    words = Utterances("shd", offsets, channel.astype(np.int16), time_s, CHANNELS, labels, dataset_info("shd").classes)
    return words, speaker


def _h5py() -> Any:
    try:
        return import_module("h5py")
    except ImportError:
        raise MissingToolError("data set shd needs h5py; install it with: pip install 'inloop[speech]'") from None
