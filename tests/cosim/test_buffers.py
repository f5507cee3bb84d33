from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from inloop.cosim import buffers
from inloop.cosim.buffers import event_room, recycled, time_last

SHAPE = (7, 1013)  # a size that nothing else uses


@pytest.fixture(autouse=True)
def no_blocks_from_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(buffers, "_free", {})
    yield
    gc.collect()


def address(array: Any) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_is_used_again_once_the_array_is_gone() -> None:
    array = recycled(SHAPE, np.float32)
    assert (array.shape, array.dtype, array.flags.writeable) == (SHAPE, np.float32, True)
    where = address(array)
    del array
    assert address(recycled(SHAPE, np.float32)) == where
    assert address(recycled(SHAPE[::-1], np.int32)) == where  # the same bytes in another shape


@pytest.mark.parametrize(
    "view",
    [
        lambda array: array[2:5, ::3],
        lambda array: array.reshape(-1),
        lambda array: array.T,
        lambda array: array.view(np.uint8),
        lambda array: array[3][4:].reshape(1, -1)[:, 1:],
        lambda array: torch.from_numpy(array)[1:],
        lambda array: memoryview(array),
    ],
)
def test_a_view_keeps_the_memory(view: Any) -> None:
    array = recycled(SHAPE, np.float32)
    array[...] = 7
    where = address(array)
    kept = view(array)
    del array
    other = recycled(SHAPE, np.float32)
    other[...] = -1
    assert address(other) != where
    del other
    expected = np.full(SHAPE, 7, np.float32)
    np.testing.assert_array_equal(np.asarray(kept), np.asarray(view(expected)))
    del kept
    blocks = [recycled(SHAPE, np.float32) for _ in range(2)]
    assert where in [address(block) for block in blocks]


def test_arrays_in_use_do_not_share_memory() -> None:
    arrays = [recycled(SHAPE, np.float64) for _ in range(6)]
    for number, array in enumerate(arrays):
        array[...] = number
    assert [set(array.ravel()) for array in arrays] == [{float(number)} for number in range(6)]
    del array, arrays
    assert len(buffers._free[7 * 1013 * 8]) == 4  # a few blocks are kept, not all


def test_nothing_and_large_blocks_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    assert recycled((0, 5), np.float32).shape == (0, 5)
    monkeypatch.setattr(buffers, "_KEPT_BYTES", 100)
    recycled((26,), np.float32)
    recycled((25,), np.float32)
    assert list(buffers._free) == [100]


def test_there_is_room_for_every_neuron_in_every_step() -> None:
    plain, aged = event_room(3, 10, 7), event_room(3, 10, 7, np.dtype(np.float32))
    assert (plain.first.shape, plain.first.dtype) == ((3, 11), np.int64)
    assert len(plain.unit) >= 3 * (10 * 7 + 1)
    assert plain.unit.dtype == np.int32
    assert plain.age is None
    assert aged.age is not None
    assert (aged.age.shape, aged.age.dtype) == (aged.unit.shape, np.float32)


def test_records_of_a_channel_lie_next_to_each_other() -> None:
    records = np.random.default_rng(0).random((3, 10, 7))[..., :5]
    out = time_last(records)
    np.testing.assert_array_equal(out, records)
    assert out.strides == (5 * 10 * 8, 8, 10 * 8)
