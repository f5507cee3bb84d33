"""Events built by hand, dense spikes, and what picks samples: right, or refused in one sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from inloop.behavioral.event_checks import MOST
from inloop.behavioral.events import GridEvents, SpikeBatch
from inloop.errors import ConfigError, InloopError, SpikeError

BATCH = SpikeBatch.from_events([0, 0, 1, 2], [0, 1, 2, 3], [1e-6, 2e-6, 3e-6, 4e-6], samples=3, units=5)
GOOD = {"offsets": np.array([0, 1, 2]), "unit": np.array([1, 2], np.int32), "time_s": np.array([1e-6, 2e-6])}


def by_hand(**changes: Any) -> SpikeBatch:
    return SpikeBatch(**{**GOOD, "units": 5, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"unit": np.array([1, 10**6])}, r"unit 1000000 of event 1 is outside 0\.\.4"),
        ({"unit": np.array([1, 5])}, r"unit 5 of event 1 is outside"),
        ({"unit": np.array([-3, 1], np.int32)}, r"unit -3 of event 0 is outside"),
        ({"unit": np.array([0.5, 1])}, "unit 0.5 is no whole number"),
        ({"unit": np.array([2**40, 1])}, r"unit 1099511627776 of event 0 is outside"),
        ({"unit": None}, "unit must be an array of numbers"),
        ({"offsets": np.array([0, 1, 10**6])}, "offsets must rise within 0..2"),
        ({"offsets": np.array([-5, 1, 2])}, "offsets must rise"),
        ({"offsets": np.array([0, 2, 1])}, "offsets must rise"),
        ({"offsets": np.zeros(0, int)}, "one number more than there are samples"),
        ({"time_s": np.array([1e-6])}, "equally long, got 2 and 1"),
        ({"time_s": np.array([1e-6, np.nan])}, "spike time nan s"),
        ({"time_s": np.array([1e-6, -np.inf])}, "spike time -inf s"),
        ({"time_s": np.array([1e-6, 1.0])}, "below 1 s, the end of the window"),
        ({"time_s": np.array([1e-6, 2e-6], np.float16)}, "too few digits"),
        ({"time_s": ["a", "b"]}, "time_s must be an array of numbers"),
        ({"units": 2**40}, "units = 1099511627776 must be a whole number"),
        ({"units": 5.0}, r"units = 5\.0 must be a whole number"),
    ],
)
def test_events_that_kernels_must_not_see(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InloopError, match=message):
        by_hand(**changes).check(1.0)


@pytest.mark.parametrize("kind", [np.int64, np.uint8, np.float64])
def test_arrays_of_other_types_are_taken(kind: Any) -> None:
    batch = by_hand(offsets=[0, 1, 2], unit=np.array([1, 2, 3, 4], kind)[:2], time_s=torch.tensor([1e-6, 2e-6]))
    assert (batch.offsets.dtype, batch.unit.dtype, batch.time_s.dtype) == (np.int64, np.int32, np.float64)
    batch.check(1.0)


def test_what_is_changed_later_is_seen() -> None:
    batch = by_hand(unit=np.array([1, 2], np.int32))
    batch.unit[1] = 7
    with pytest.raises(SpikeError, match="unit 7 of event 1"):
        batch.check(1.0)


@pytest.mark.parametrize(
    ("index", "events"),
    [
        (np.array([2, 0]), [1, 2]), ([-1, -3], [1, 2]), ((0,), [2]), (range(3), [2, 1, 1]),
        (slice(None, None, -1), [1, 1, 2]), (torch.tensor([0, 1]), [2, 1]), (np.array([True, False, True]), [2, 1]),
        (torch.tensor([True, False, False]), [2]),
        (1, [1]), (np.int64(-1), [1]), (np.array([1], np.uint8), [1]), ([1.0], [1]), ([], []), (np.array([], int), []),
    ],
)  # fmt: skip
def test_samples_are_picked_as_numpy_picks_rows(index: Any, events: list[int]) -> None:
    assert np.diff(BATCH.select(index).offsets).tolist() == events


@pytest.mark.parametrize(
    "index",
    [3, -4, [3], [-4], [0.5], [np.nan], [True], np.ones(4, bool), [[0]], "1", None, slice("a"), {0: 1}, [2**70]],
)
def test_samples_that_are_not_there(index: Any) -> None:
    with pytest.raises(SpikeError, match="sample"):
        BATCH.select(index)


@pytest.mark.parametrize(
    "sizes", [{"samples": 2.0}, {"samples": True}, {"samples": -1}, {"units": MOST + 1}, {"units": "5"}]
)
def test_sizes_that_cannot_be(sizes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="must be a whole number"):
        SpikeBatch.from_events([], [], [], **{"samples": 2, "units": 5, **sizes})


def test_dense_counts_become_events() -> None:
    dense = np.zeros((4, 2, 5))
    dense[1, 0, 2], dense[3, 1, 4] = 2, 1
    for given, axis in ((dense, 0), (dense.astype(np.uint8), 0), (torch.tensor(dense), 0), (dense.swapaxes(0, 1), 1)):
        batch = SpikeBatch.from_dense(given, 1e-6, time_axis=axis)
        assert (batch.offsets.tolist(), batch.unit.tolist(), batch.units) == ([0, 2, 3], [2, 2, 4], 5)
        np.testing.assert_allclose(batch.time_s, [1e-6, 1e-6, 3e-6])
    assert SpikeBatch.from_dense(dense > 0, 1e-6).unit.tolist() == [2, 4]


@pytest.mark.parametrize(
    "dense", [np.zeros((2, 3)), np.full((1, 1, 1), -1), np.full((1, 1, 1), 0.5), np.full((1, 1, 1), np.nan), "x", None,
              np.full((1, 1, 1), 1e12), np.zeros((1, 1, 1), complex)],
)  # fmt: skip
def test_dense_arrays_that_are_no_counts(dense: Any) -> None:
    with pytest.raises(SpikeError, match="dense spikes"):
        SpikeBatch.from_dense(dense, 1e-6)


@pytest.mark.parametrize("step_s", [0, -1e-6, np.nan, "a", None])
def test_a_step_of_dense_spikes_is_positive(step_s: Any) -> None:
    with pytest.raises(ConfigError, match="step_s = "):
        SpikeBatch.from_dense(np.zeros((1, 1, 1)), step_s)


FIRST = np.array([[0, 1, 1], [1, 2, 2]])


@pytest.mark.parametrize(
    ("first", "unit", "message"),
    [
        (FIRST, np.array([1, 5]), "unit 5 of event 1"),
        (FIRST, np.array([1, -1]), "unit -1 of event 1"),
        (FIRST - 1, np.array([1, 2]), "must rise in each sample"),
        (FIRST * 9, np.array([1, 2]), "must rise in each sample"),
        (FIRST[:, ::-1], np.array([1, 2]), "must rise in each sample"),
        (FIRST + 0.5, np.array([1, 2]), "must be whole numbers"),
        (FIRST * np.nan, np.array([1, 2]), "must be whole numbers"),
        (FIRST[0], np.array([1, 2]), "must be arrays"),
        (FIRST.tolist(), [1, 2], "must be arrays"),
    ],
)
def test_events_on_a_grid_that_kernels_must_not_see(first: Any, unit: Any, message: str) -> None:
    with pytest.raises(SpikeError, match=message):
        GridEvents(first, unit, 5).checked()


def test_unused_room_between_samples_may_hold_anything() -> None:
    given = GridEvents(np.array([[0, 1, 1], [3, 3, 4]], np.uint64), np.array([1, 99, -7, 2], np.int32), 5)
    checked = given.checked()
    assert (checked.first.dtype, checked.unit.dtype) == (np.int64, np.int32)
    assert checked.counts().sum(axis=0).tolist() == [0, 1, 1, 0, 0]
