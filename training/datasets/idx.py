"""The IDX format of the MNIST family, gzip-compressed.

Unpacked: a big-endian uint32 magic number (2049 for labels, 2051 for images), one big-endian uint32 length
per axis, then the values as uint8, the last axis fastest.
"""

from __future__ import annotations

import gzip
import io
import struct
import zlib
from math import prod

import numpy as np
from numpy.typing import NDArray

from ...errors import DataError

MOST_VALUES = 1 << 26
"""Values of a file: those of the data sets that are known have 47 million at most."""

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
    header = 4 * (1 + axes)
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            head = file.read(header)
            magic, *shape = struct.unpack(f">{1 + axes}I", head) if len(head) == header else (0,)
            values = prod(shape)
            raw = file.read(values + 1 if values <= MOST_VALUES else 1)
            for _ in range(MOST_VALUES >> 20):  # the checksum at the end says more than a damaged header
                if len(raw) == values or not file.read(1 << 20):
                    break
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{source}: not a whole gzip file ({error}); fetch it again") from error
    if len(head) < header:
        raise DataError(f"{source}: {len(head)} bytes unpacked, the IDX header needs {header}; fetch it again")
    if magic != _UINT8 + axes:
        raise DataError(
            f"{source}: magic number {magic}, expected {_UINT8 + axes} for {axes} axes of uint8; is it the right file?"
        )
    if len(raw) != values:
        more = " or more" if len(raw) > values or (raw and values > MOST_VALUES) else ""
        raise DataError(
            f"{source}: the header promises {' × '.join(map(str, shape))} = {values} values, "
            f"the file holds {len(raw)}{more}; fetch it again"
        )
    return np.frombuffer(raw, np.uint8).reshape(shape).copy()
