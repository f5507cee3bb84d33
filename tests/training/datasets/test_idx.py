from __future__ import annotations

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from inloop.errors import DataError
from inloop.training.datasets.idx import parse_images, parse_labels


@given(arrays(np.uint8, st.one_of(array_shapes(min_dims=1, max_dims=1), array_shapes(min_dims=3, max_dims=3))))
def test_what_is_written_is_read(array):
    header = struct.pack(f">{1 + array.ndim}I", 2048 + array.ndim, *array.shape)
    parse = parse_labels if array.ndim == 1 else parse_images
    read = parse(gzip.compress(header + array.tobytes()), "x.gz")
    assert read.dtype == np.uint8
    np.testing.assert_array_equal(read, array)
    assert read.flags.writeable


def test_an_empty_file_of_labels(make_idx):
    assert parse_labels(make_idx(np.zeros(0)), "x.gz").shape == (0,)


def test_images_are_no_labels_and_labels_no_images(make_idx):
    images, labels = make_idx(np.zeros((2, 3, 4))), make_idx(np.zeros(20))
    with pytest.raises(DataError, match=r"x\.gz: magic number 2051, expected 2049"):
        parse_labels(images, "x.gz")
    with pytest.raises(DataError, match=r"x\.gz: magic number 2049, expected 2051"):
        parse_images(labels, "x.gz")


@pytest.mark.parametrize("extra", [b"\0", None])
def test_a_number_of_values_that_does_not_fit_the_header(make_idx, extra):
    raw = gzip.decompress(make_idx(np.zeros((2, 3, 4))))
    raw = raw + extra if extra else raw[:-1]
    with pytest.raises(DataError, match=r"x\.gz: the header promises 2 × 3 × 4 = 24 values, the file holds 2[35]"):
        parse_images(gzip.compress(raw), "x.gz")


def test_a_header_of_absurd_size_is_refused_without_memory():
    raw = struct.pack(">4I", 2051, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    with pytest.raises(DataError, match="the file holds 0"):
        parse_images(gzip.compress(raw), "x.gz")


def broken_in_the_middle(data: bytes) -> bytes:
    return data[:14] + bytes(byte ^ 0xFF for byte in data[14:20]) + data[20:]


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"not gzip at all",
        lambda data: data[:-9],
        lambda data: data[:5],
        lambda data: data[:-8] + b"\0" * 8,
        broken_in_the_middle,
    ],
)
def test_corrupt_gzip(make_idx, damage):
    data = make_idx(np.arange(100) % 10)
    with pytest.raises(DataError, match=r"^x\.gz: not a whole gzip file"):
        parse_labels(damage(data), "x.gz")


@pytest.mark.parametrize("data", [b"", gzip.compress(b"", mtime=0), gzip.compress(b"\0\0\x08", mtime=0)])
def test_no_room_for_a_header(data):
    with pytest.raises(DataError, match=r"x\.gz: . bytes unpacked, the IDX header needs 16"):
        parse_images(data, "x.gz")
