"""The Free Spoken Digit Dataset: recordings of ten digits by six speakers.

A recording is named DIGIT_SPEAKER_INDEX.wav, with 50 of each digit and speaker. The official test split are those with
index 0 to 4. Of the others, 5 to 9 make up the validation split, which is as large.
"""

from __future__ import annotations

import io
import re
import struct
import wave
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError
from .data_file import DataFolder
from .data_set import DataSet
from .recordings import Recordings
from .store import read_folder

RECORDINGS: Final = "recordings"
RATE_HZ: Final = 8000
TEST_INDICES: Final = range(5)
VALIDATION_INDICES: Final = range(5, 10)


class Fsdd(DataSet):
    """train is all that is not test, or with hold_out only what is not in validation either.

    They are in the order of index, digit and speaker, so that the first few are of all digits and speakers.
    """

    gives = Recordings

    def read(self, split: str, hold_out: bool) -> Recordings:
        """Return the recordings of a split."""
        folder = self.file(RECORDINGS)
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
        by_index = np.argsort(index, kind="stable")
        chosen = by_index[wanted[by_index]]

        def whole() -> list[NDArray[np.float32]]:
            return [parse_wav(data, name) for name, data in recordings.items()]

        return Recordings(
            self.name, whole, len(recordings), folder.digest, RATE_HZ, chosen, labels[chosen], self.classes
        )


FSDD: Final = Fsdd(
    "fsdd",
    tuple("0123456789"),
    (
        DataFolder(
            "fsdd", "fsdd", RECORDINGS, 21128848, "1801eae019c063377d98f831d3f93574f259475df7332bb0e3d1b080fb5e6959",
            (), suffix=".wav", origin="https://github.com/Jakobovski/free-spoken-digit-dataset (3000 recordings)",
        ),
    ),
    "Jackson et al., Free Spoken Digit Dataset, 3000 recordings",
)  # fmt: skip


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
