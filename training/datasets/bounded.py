"""Reading what a stranger may have made: only files, and no more of them than what is expected can have.

Whatever a header promises or a packed file unpacks to, sizes are known to be possible before memory is taken for them.
"""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
import zlib
from math import prod
from pathlib import Path
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

LARGEST_FILE: Final = 1 << 30
"""Bytes of a data file whose size is not published; the largest, of the Spiking Heidelberg Digits, has 0.3 GB."""

_KINDS: Final = {
    stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}  # fmt: skip
_CHUNK: Final = 1 << 20
_PACKED: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED: Final = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, EOFError, KeyError,
    SyntaxError, TypeError, OverflowError,
)  # fmt: skip
"""What the libraries raise for archives that are none, besides `OSError` and `ValueError`."""


def file_size(path: Path) -> int:
    """Return the bytes of a file. Raises `OSError` if it is something else, such as a pipe that would never end."""
    try:
        found = path.stat()
    except FileNotFoundError:
        if path.is_symlink():
            _refuse("it is a link to nowhere")
        raise
    if not stat.S_ISREG(found.st_mode):
        _refuse(f"it is {_KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, not a file")
    return found.st_size


def read_file(path: Path, most: int = LARGEST_FILE) -> bytes:
    """Return the bytes of a file. Raises `OSError` if it has more than `most`, and as `file_size`."""
    if (size := file_size(path)) > most:
        _refuse(f"it has {size:,} bytes, more than {most:,}")
    with path.open("rb") as file:
        data = file.read(size + 1)
    if len(data) > size:  # some files of the system say that they are empty, and never end
        _refuse("it has more bytes than it says")
    return data


def gunzip(data: bytes, most: int) -> bytes:
    """Unpack gzip. Raises `OSError` for more than `most` bytes, and what `gzip` raises for damaged ones."""
    parts, size = [], 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while part := file.read(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > most:
                _refuse(f"it unpacks to more than {most:,} bytes")
    return b"".join(parts)


def read_npz(path: Path, most: int) -> dict[str, NDArray[Any]]:
    """Return the arrays of an npz file, numbers only.

    Raises `OSError` or `ValueError` for anything else, and for arrays that the file does not hold or that are larger
    than `most` bytes together.
    """
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(read_file(path, most))) as archive:
            if sum(each.file_size for each in archive.infolist()) > most:
                raise ValueError("its arrays are too large")
            for each in archive.infolist():
                if each.compress_type not in _PACKED:
                    raise ValueError("its arrays are packed as numpy does not pack them")
                with archive.open(each) as member:
                    arrays[each.filename.removesuffix(".npy")] = _npy(member, each.file_size)
    except _DAMAGED as error:
        raise ValueError(str(error)) from None
    return arrays


def _npy(member: Any, size: int) -> NDArray[Any]:
    """Return the array of a member of so many bytes, none of which is taken on trust."""
    if np.lib.format.read_magic(member) != (1, 0):
        raise ValueError("its arrays are of another version")
    shape, by_columns, kind = np.lib.format.read_array_header_1_0(member)
    if kind.kind not in "biuf" or by_columns or prod(shape) * kind.itemsize != size - member.tell():
        raise ValueError("its arrays are not what their headers say")
    return np.frombuffer(member.read(size), kind).reshape(shape)


def _refuse(reason: str) -> NoReturn:
    raise OSError(None, reason)
