"""The Spiking Heidelberg Digits (Cramer, Stradmann, Schemmel, Zenke, IEEE TNNLS 33, 2022), from the original files.

An HDF5 file holds one entry per utterance of one of 20 spoken digits:

    spikes/times    times of the spikes, seconds                 labels          0 .. 9 English, 10 .. 19 German
    spikes/units    channel of each, 0 .. 699                    extra/speaker   number of the speaker

train and test are files of their own; two speakers occur in the test file alone. The validation split is one more
unseen speaker: all utterances of that training speaker whose number is highest.
"""

from __future__ import annotations

import io
import zlib
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError, MissingToolError
from ...scalars import whole_array
from .bounded import LARGEST_FILE, gunzip
from .data_file import DataFile
from .data_set import DataSet
from .store import read_verified
from .utterances import Utterances

TRAIN: Final = "shd_train.h5.gz"
TEST: Final = "shd_test.h5.gz"
CLASSES: Final = tuple(f"{language} {digit}" for language in ("English", "German") for digit in range(10))
CHANNELS = 700
MOST_UTTERANCES = 1 << 20
UNPACKED = 16
"""Times as large as packed that a file can be; the original ones are about twice as large."""
ENDS_S = 0.05, 10.0
"""When the last spike of all utterances comes; in the original files after 1.4 s."""
_GZIP = b"\x1f\x8b"


class Shd(DataSet):
    """train is the whole file, or with hold_out only what is not in validation. Needs the package h5py."""

    gives = Utterances

    def read(self, split: str, hold_out: bool) -> Utterances:
        """Return the utterances of a split. Raises `MissingToolError` without h5py, and as `parse_shd`."""
        file = self.file(TEST if split == "test" else TRAIN)
        words, speaker = parse_shd(read_verified(file), file.name)
        if split == "test" or (split == "train" and not hold_out):
            return words
        held_out = speaker == speaker.max(initial=0)
        return words.select(np.flatnonzero(held_out if split == "validation" else ~held_out))


_MIRRORS: Final = ("https://zenkelab.org/datasets/",)
_MD5: Final = {TRAIN: "d47c9825dee33347913e8ce0f2be08b0", TEST: "3062a80ec0c5719404d5b02e166543b1"}

SHD: Final = Shd(
    "shd",
    CLASSES,
    tuple(
        DataFile("shd", "shd", name, None, digest, _MIRRORS, "md5", name.removesuffix(".gz"))
        for name, digest in _MD5.items()
    ),
    "Cramer, Stradmann, Schemmel, Zenke, IEEE TNNLS 33, 2022",
)


def parse_shd(data: bytes, source: str) -> tuple[Utterances, NDArray[np.int64]]:
    """Return the utterances of a file, gzip-compressed or not, and the speaker of each.

    source: name of the file, for the message. Raises `DataError` for bytes of another format or structure, and for
    times that cannot be seconds of sound.
    """
    h5py = _h5py()
    try:
        raw = gunzip(data, min(LARGEST_FILE, max(1 << 26, UNPACKED * len(data)))) if data.startswith(_GZIP) else data
        with h5py.File(io.BytesIO(raw), "r") as file:
            times, units = (_rows(h5py, _dataset(file, name), len(raw)) for name in ("spikes/times", "spikes/units"))
            labels, speaker = (_numbers(_dataset(file, name), name) for name in ("labels", "extra/speaker"))
    except (OSError, EOFError, zlib.error, KeyError, ValueError, TypeError, AttributeError, RuntimeError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{source}: no file of the Spiking Heidelberg Digits ({reason}); fetch it again") from error
    if not len(times) == len(units) == len(speaker):
        raise DataError(f"{source}: {len(times)} rows of times, {len(units)} of units, {len(speaker)} speakers")
    lengths = np.array([len(row) for row in units], np.int64)
    if any(len(row) != length for row, length in zip(times, lengths, strict=True)):
        raise DataError(f"{source}: an utterance has another number of times than of units; fetch it again")
    channel = whole_array(np.concatenate([np.zeros(0, units[0].dtype if units else np.int64), *units]))
    time_s = np.concatenate([np.zeros(0, np.float32), *times]).astype(np.float32)
    if channel is None or (
        len(channel) and not (channel.min() >= 0 and channel.max() < CHANNELS and 0 <= time_s.min() <= np.inf)
    ):
        raise DataError(f"{source}: units must be 0 .. {CHANNELS - 1} and times not negative; fetch it again")
    _check_seconds(time_s, source)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    words = Utterances("shd", offsets, channel.astype(np.int16), time_s, CHANNELS, labels, len(CLASSES))
    return words, speaker


def _dataset(file: Any, name: str) -> Any:
    """Return an entry that lies in this file as a row. Raises `ValueError` or `KeyError` for anything else."""
    found = file[name]
    if found.file != file or found.external or found.is_virtual:
        raise ValueError(f"{name} lies in another file")
    if len(found.shape) != 1 or found.shape[0] > MOST_UTTERANCES:
        raise ValueError(f"{name} has shape {found.shape}, expected one row of {MOST_UTTERANCES:,} at most")
    return found


def _rows(h5py: Any, entry: Any, most_bytes: int) -> list[NDArray[Any]]:
    """Return rows of numbers; together they cannot have more bytes than the file, into which several may point."""
    kind = h5py.check_vlen_dtype(entry.dtype)
    if kind is None or kind.kind not in "iuf":
        raise ValueError(f"{entry.name} does not hold rows of numbers")
    rows, taken = [], 0
    for k in range(entry.shape[0]):
        rows.append(entry[k])
        taken += rows[-1].nbytes
        if taken > most_bytes:
            raise ValueError(f"{entry.name} claims to be larger than the file")
    return rows


def _numbers(entry: Any, name: str) -> NDArray[np.int64]:
    if entry.dtype.kind not in "iuf":
        raise ValueError(f"{name} does not hold numbers")
    found = whole_array(entry[:])
    if found is None:
        raise ValueError(f"{name} does not hold whole numbers")
    return found


def _check_seconds(time_s: NDArray[np.float32], source: str) -> None:
    """Raise `DataError` unless the last spike of all comes when one of these sounds can end."""
    low, high = ENDS_S
    if len(time_s) and not low <= time_s.max() <= high:
        raise DataError(
            f"{source}: its times end at {time_s.max():g}, but utterances last about a second; they must be in seconds "
            "of sound: divide ms by 1e3, µs by 1e6"
        )


def _h5py() -> Any:
    try:
        return import_module("h5py")
    except ImportError:
        raise MissingToolError("data set shd needs h5py; install it with: pip install 'inloop[speech]'") from None
