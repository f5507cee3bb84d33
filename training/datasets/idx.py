"""The IDX format of the MNIST family, gzip-compressed.

Unpacked: a big-endian uint32 magic number (2049 for labels, 2051 for images), one big-endian uint32 length
per axis, then the values as uint8, the last axis fastest.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from math import prod

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError

_UINT8 = 0x0800  # magic number of uint8 data, to which the number of axes is added


def parse_images(data: bytes, source: str) -> NDArray[np.uint8]:
    """Return the images (N, rows, columns) of a gzip-compressed IDX file.

    source: name of the file, for the message. Raises `DataError` for corrupt gzip, a wrong magic number, or a
    number of values that does not fit the header.
    """
    return _parse(data, 3, source)


def parse_labels(data: bytes, source: str) -> NDArray[np.uint8]:
    """Return the labels (N) of a gzip-compressed IDX file; otherwise as `parse_images`."""
    return _parse(data, 1, source)


def _parse(data: bytes, axes: int, source: str) -> NDArray[np.uint8]:
    try:
        raw = gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{source}: not a whole gzip file ({error}); fetch it again") from error
    header = 4 * (1 + axes)
    if len(raw) < header:
        raise DataError(f"{source}: {len(raw)} bytes unpacked, the IDX header needs {header}; fetch it again")
    magic, *shape = struct.unpack(f">{1 + axes}I", raw[:header])
    if magic != _UINT8 + axes:
        raise DataError(
            f"{source}: magic number {magic}, expected {_UINT8 + axes} for {axes} axes of uint8; is it the right file?"
        )
    if len(raw) - header != prod(shape):
        raise DataError(
            f"{source}: the header promises {' × '.join(map(str, shape))} = {prod(shape)} values, "
            f"the file holds {len(raw) - header}; fetch it again"
        )
    return np.frombuffer(raw, np.uint8, offset=header).reshape(shape).copy()
