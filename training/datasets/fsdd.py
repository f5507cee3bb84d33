"""The Free Spoken Digit Dataset: recordings of ten digits by six speakers, heard by the inner ear.

A recording is named DIGIT_SPEAKER_INDEX.wav, with 50 of each digit and speaker. The official test split are those with
index 0 to 4. Of the others, 5 to 9 make up the validation split, which is as large.
"""

from __future__ import annotations

import hashlib
import io
import re
import struct
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...cache import cache_folder
from ...errors import ConfigError, DataError
from ...files import write_atomically
from ..progress import meter
from . import inner_ear
from .bounded import read_npz
from .inner_ear import InnerEar, hear
from .registry import RECORDINGS, SPLITS, DataFolder, dataset_info
from .store import read_folder
from .utterances import Utterances

RATE_HZ = 8000
TEST_INDICES = range(5)
VALIDATION_INDICES = range(5, 10)

Spikes = tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.float32]]
"""Offsets, channels and times as `hear` gives them."""

MOST_KEPT_BYTES = 1 << 28
"""Of the spikes of the set; those of the usual ear have 20 MB."""

_BLOCK = 100  # recordings between two movements of the progress bar


def load_fsdd(split: str, ear: InnerEar, hold_out: bool = False) -> Utterances:
    """Load a split (train, validation or test) as the ear hears it.

    train is all that is not test, or with hold_out only what is not in validation either. They are in the order of
    index, digit and speaker, so that the first few are of all digits and speakers. The spikes of the whole set
    are kept in the cache folder, under a name that depends on recordings, ear and its source.
    Raises `ConfigError` for an unknown split, `DataError` for recordings that are missing or altered, `StorageError`
    if the cache cannot be written.
    """
    if split not in SPLITS:
        raise ConfigError(f"unknown split {split!r} of data set fsdd; known: {', '.join(SPLITS)}")
    folder = dataset_info("fsdd").file(RECORDINGS)
    assert isinstance(folder, DataFolder)
    recordings = read_folder(folder)
    named = [_parse_name(name) for name in recordings]
    labels = np.array([digit for digit, _ in named], np.int64)
    index = np.array([number for _, number in named], np.int64)
    wanted = {
        "test": np.isin(index, TEST_INDICES),
        "validation": np.isin(index, VALIDATION_INDICES),
        "train": ~np.isin(index, [*TEST_INDICES, *(VALIDATION_INDICES if hold_out else ())]),
    }[split]
    offsets, channel, time_s = _heard(recordings, ear, folder.digest)
    words = Utterances("fsdd", offsets, channel, time_s, ear.channels, labels, dataset_info("fsdd").classes)
    by_index = np.argsort(index, kind="stable")
    return words.select(by_index[wanted[by_index]])


def parse_wav(data: bytes, source: str) -> NDArray[np.float32]:
    """Return the samples of a recording, −1 .. 1. Raises `DataError` unless it is mono of 16 bits and 8 kHz."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            found, frames = (file.getnchannels(), 8 * file.getsampwidth(), file.getframerate()), file.getnframes()
            samples = file.readframes(frames) if found == (1, 16, RATE_HZ) else b""
    except (wave.Error, EOFError, ArithmeticError, RuntimeError, struct.error) as error:
        raise DataError(f"{source}: no WAV file ({error}); get it again") from error
    if found != (1, 16, RATE_HZ):
        raise DataError(
            f"{source}: {found[0]} channels of {found[1]} bits at {found[2]} Hz, expected 1 of 16 at {RATE_HZ}"
        )
    if len(samples) != 2 * frames:
        raise DataError(f"{source}: its header promises {frames} samples, it holds {len(samples) // 2}; get it again")
    return np.frombuffer(samples, "<i2").astype(np.float32) / np.float32(1 << 15)


def _parse_name(name: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d)_[a-z]+_(\d+)\.wav", name)
    if match is None:
        raise DataError(f"fsdd: recording {name!r} is not named DIGIT_SPEAKER_INDEX.wav; get the folder again")
    return int(match[1]), int(match[2])


def _heard(recordings: dict[str, bytes], ear: InnerEar, digest: str) -> Spikes:
    """Return the spikes of all recordings, from the cache if they are there."""
    source = Path(inner_ear.__file__).read_bytes()
    key = hashlib.sha256(f"{digest} {ear.model_dump_json()} ".encode() + source).hexdigest()
    path = cache_folder() / f"fsdd-{key[:20]}.npz"
    kept = _from_cache(path, len(recordings), ear)
    if kept is not None:
        return kept
    sounds = [parse_wav(data, name) for name, data in recordings.items()]
    counts, channels, times = [np.zeros(1, np.int64)], [], []
    with meter("inner ear", len(sounds)) as bar:
        for start in range(0, len(sounds), _BLOCK):
            offsets, channel, time_s = hear(sounds[start : start + _BLOCK], RATE_HZ, ear)
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
