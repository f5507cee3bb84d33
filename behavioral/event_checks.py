"""What compiled code would not notice about events: arrays of wrong types, layouts, lengths and values."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import SpikeError, shown
from ..scalars import array, as_int, whole_array
from .numerics.compiled import kernel

MOST: Final = (1 << 31) - 1
"""Channels, and samples, that there can be at most; a channel has 32 bits."""


def numbers(values: Any, name: str) -> NDArray[Any]:
    """Return real numbers in one row. Raises `SpikeError` for anything else, half precision included."""
    try:
        given = array(values).reshape(-1)
    except (TypeError, ValueError):
        raise SpikeError(f"{name} = {shown(values)} must be an array of numbers") from None
    if not given.size:
        return np.zeros(0)
    if given.dtype.kind not in "iuf" or given.dtype == np.float16:
        hint = ", which have too few digits for times" if given.dtype == np.float16 else ""
        raise SpikeError(f"{name} must be an array of numbers, got values of type {given.dtype}{hint}")
    return given


def whole_numbers(values: Any, name: str) -> NDArray[np.int64]:
    """Return whole numbers in one row. Raises `SpikeError` with the first that is none."""
    given = numbers(values, name)
    found = whole_array(given)
    if found is None:
        bad = ~(np.abs(given.astype(np.float64)) < 2.0**63) | (given != np.floor(given))
        raise SpikeError(f"{name} {given[np.argmax(bad)]} is no whole number")
    return found


def channels(values: Any, name: str = "unit") -> NDArray[np.int32]:
    """Return channels in the 32 bits that they have. Raises `SpikeError` for other numbers."""
    if isinstance(values, np.ndarray) and values.dtype == np.int32 and values.ndim == 1 and values.flags.c_contiguous:
        return values
    found = whole_numbers(values, name)
    check_range(found, name, MOST)
    return np.ascontiguousarray(found, np.int32)


def check_range(index: NDArray[Any], name: str, limit: int) -> None:
    """Raise `SpikeError` with the first number that is not in 0 .. limit − 1."""
    if len(index) and not 0 <= index.min() <= index.max() < limit:
        first = int(np.argmax((index < 0) | (index >= limit)))
        raise SpikeError(f"{name} {index[first]} of event {first} is outside 0..{limit - 1}")


def check_offsets(offsets: NDArray[np.int64], events: int) -> None:
    """Raise `SpikeError` unless offsets (samples + 1) cut so many events into samples."""
    if not len(offsets):
        raise SpikeError("offsets must hold one number more than there are samples, got none")
    if not 0 <= offsets[0] <= offsets[-1] <= events or (np.diff(offsets) < 0).any():
        raise SpikeError(f"offsets must rise within 0..{events}, the number of events, got {shown(offsets)}")


def checked_grid(first: Any, unit: Any, units: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the arrays of events on a grid as kernels read them. Raises `SpikeError`."""
    rows = whole_array(first)
    if rows is None or rows.ndim != 2 or rows.shape[1] < 2:
        raise SpikeError(
            f"first of events on a grid must be whole numbers (samples, steps + 1), got {shown(np.shape(first))}"
        )
    rows, found = np.ascontiguousarray(rows), channels(unit)
    event = _first_bad(rows, found, units)
    if event == _NO_PLACE:
        raise SpikeError(f"first of events on a grid must rise in each sample within 0..{len(found)}, their number")
    if event >= 0:
        raise SpikeError(f"unit {found[event]} of event {event} is outside 0..{units - 1}")
    return rows, found


_FINE: Final = -1
_NO_PLACE: Final = -2


@kernel
def _first_bad(first, unit, units):  # type: ignore[no-untyped-def]
    """Return the first event of a channel that is not there; unused room between samples may hold anything."""
    for b in range(first.shape[0]):
        before = 0
        for t in range(first.shape[1]):
            if not before <= first[b, t] <= unit.shape[0]:
                return _NO_PLACE
            before = first[b, t]
        for e in range(first[b, 0], before):
            if not 0 <= unit[e] < units:
                return e
    return _FINE


def chosen(index: Any, samples: int) -> NDArray[np.int64]:
    """Return the samples that an index picks: a number, numbers, a slice, a range, or a mask; negative from the end.

    Raises `SpikeError` for numbers out of range, masks of another length, and what is no index.
    """
    if isinstance(index, slice):
        try:
            return np.arange(samples)[index]
        except (TypeError, ValueError):
            raise SpikeError(f"samples {shown(index)} must be a slice of whole numbers") from None
    number = as_int(index)
    if number is not None:
        index = [number]
    try:
        given = array(index)
    except (TypeError, ValueError):
        given = np.zeros((), object)
    if given.dtype.kind == "b":
        if given.shape != (samples,):
            raise SpikeError(f"a mask of samples has shape {shown(given.shape)}, there are {samples} samples")
        return np.flatnonzero(given)
    found = whole_array(given)
    if found is None or found.ndim != 1:
        raise SpikeError(f"samples {shown(index)} must be whole numbers in one row, a slice, a range or a mask")
    if len(found) and not -samples <= found.min() <= found.max() < samples:
        outside = found[(found < -samples) | (found >= samples)][0]
        raise SpikeError(f"sample {outside} does not exist; there are {samples}")
    return np.where(found < 0, found + samples, found)
