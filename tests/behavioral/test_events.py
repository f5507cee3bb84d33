from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch, to_grid
from inloop.behavioral.grid import TimeGrid, make_grid
from inloop.errors import SpikeError

GRID = TimeGrid(step_s=1e-6, steps=8, sample_steps=4)
SAMPLES, UNITS = 4, 5
EVENTS = st.lists(
    st.tuples(st.integers(0, SAMPLES - 1), st.integers(0, UNITS - 1), st.floats(0, 8e-6, exclude_max=True)),
    max_size=60,
)


def build(events: list[tuple[int, int, float]], samples: int = SAMPLES, units: int = UNITS) -> SpikeBatch:
    sample, unit, time_s = ([event[k] for event in events] for k in range(3))
    return SpikeBatch.from_events(sample, unit, time_s, samples=samples, units=units)


def of_sample(batch: SpikeBatch, b: int) -> list[tuple[int, float]]:
    part = slice(batch.offsets[b], batch.offsets[b + 1])
    return list(zip(batch.unit[part].tolist(), batch.time_s[part].tolist(), strict=True))


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_a_batch_keeps_the_events_of_each_sample_in_order(events: list[tuple[int, int, float]]) -> None:
    batch = build(events)
    assert (batch.samples, batch.units) == (SAMPLES, UNITS)
    for b in range(SAMPLES):
        assert of_sample(batch, b) == [(u, t) for s, u, t in events if s == b]


@settings(max_examples=60, deadline=None)
@given(EVENTS)
def test_binning_keeps_every_event_and_the_order_within_a_step(events: list[tuple[int, int, float]]) -> None:
    binned = to_grid(build(events), GRID)
    assert (binned.samples, binned.steps) == (SAMPLES, 8)
    for b in range(SAMPLES):
        for t in range(8):
            expected = [u for s, u, time in events if s == b and min(int(time * (1 / 1e-6)), 7) == t]
            assert binned.unit[binned.first[b, t] : binned.first[b, t + 1]].tolist() == expected
    assert binned.counts().sum() == len(events)


@settings(max_examples=40, deadline=None)
@given(EVENTS)
def test_counts_and_dense_tell_the_same(events: list[tuple[int, int, float]]) -> None:
    binned = to_grid(build(events), GRID)
    expected = np.zeros((SAMPLES, 8, UNITS))
    for s, u, time in events:
        expected[s, min(int(time * (1 / 1e-6)), 7), u] += 1
    np.testing.assert_array_equal(binned.dense(), expected)
    np.testing.assert_array_equal(binned.counts(), expected.sum(axis=1))


@settings(max_examples=40, deadline=None)
@given(EVENTS, st.lists(st.integers(0, SAMPLES - 1), max_size=6))
def test_select_takes_samples_in_the_given_order(events: list[tuple[int, int, float]], chosen: list[int]) -> None:
    batch = build(events)
    selected = batch.select(np.array(chosen, np.int64))
    assert selected.samples == len(chosen)
    assert [of_sample(selected, k) for k in range(len(chosen))] == [of_sample(batch, b) for b in chosen]


def test_events_between_grid_points() -> None:
    grid = make_grid(chip_spec("bss2"), 1e-3)
    middle = (np.arange(grid.steps) + 0.5) * grid.step_s
    binned = to_grid(SpikeBatch.from_events([0] * grid.steps, [0] * grid.steps, middle, samples=1, units=1), grid)
    np.testing.assert_array_equal(binned.first[0], np.arange(grid.steps + 1))


@pytest.mark.parametrize("steps_per_sample", [1, 4, 53])
def test_an_event_at_the_beginning_of_a_step_belongs_to_it(steps_per_sample: int) -> None:
    grid = make_grid(chip_spec("bss2").with_fields(cadc_period_cycles=212), 1e-4, steps_per_sample)
    start = np.arange(grid.steps) * grid.step_s
    binned = to_grid(SpikeBatch.from_events([0] * grid.steps, [0] * grid.steps, start, samples=1, units=1), grid)
    np.testing.assert_array_equal(binned.first[0], np.arange(grid.steps + 1))


def test_the_last_moment_of_the_window_belongs_to_the_last_step() -> None:
    binned = to_grid(build([(0, 1, np.nextafter(8e-6, 0))]), GRID)
    assert binned.dense()[0, 7, 1] == 1


@pytest.mark.parametrize("time_s", [8e-6, 1.0])
def test_an_event_after_the_window_is_refused_with_its_place(time_s: float) -> None:
    batch = build([(0, 0, 0.0), (2, 3, time_s)])
    with pytest.raises(SpikeError, match=r"\(sample 2, channel 3\) must be non-negative and below 8e-06 s"):
        to_grid(batch, GRID)


@pytest.mark.parametrize("time_s", [-1e-12, float("nan"), float("inf"), float("-inf")])
def test_an_impossible_time_is_refused_with_its_place(time_s: float) -> None:
    with pytest.raises(SpikeError, match=r"\(sample 1, channel 4\) must be non-negative and finite"):
        build([(2, 0, 0.0), (1, 4, time_s), (0, 1, 0.0)])


@pytest.mark.parametrize(
    ("event", "message"),
    [
        ((4, 0, 0.0), r"sample 4 of event 1 is outside 0\.\.3"),
        ((-1, 0, 0.0), r"sample -1 of event 1 is outside 0\.\.3"),
        ((0, 5, 0.0), r"unit 5 of event 1 is outside 0\.\.4"),
        ((0, -1, 0.0), r"unit -1 of event 1 is outside 0\.\.4"),
    ],
)
def test_an_index_out_of_range_is_refused(event: tuple[int, int, float], message: str) -> None:
    with pytest.raises(SpikeError, match=message):
        build([(0, 0, 0.0), event])


@pytest.mark.parametrize("lists", [([0], [0, 1], [0.0]), ([0, 1], [0], [0.0]), ([0], [0], [])])
def test_unequal_lengths_are_refused(lists: tuple[Any, Any, Any]) -> None:
    lengths = ", ".join(str(len(part)) for part in lists)
    with pytest.raises(SpikeError, match=f"must be equally long, got {lengths}"):
        SpikeBatch.from_events(*lists, samples=2, units=2)


def test_nothing_gives_nothing() -> None:
    binned = to_grid(build([]), GRID)
    assert binned.dense().shape == (SAMPLES, 8, UNITS)
    assert not binned.counts().any()


def three() -> SpikeBatch:
    return SpikeBatch.from_list([([1, 0], [2e-6, 1e-6]), ([], []), ([2], [3e-6])], units=4)


def listed(batch: SpikeBatch) -> list[list[tuple[int, float]]]:
    return [
        list(zip(batch.unit[a:b].tolist(), batch.time_s[a:b].tolist(), strict=True)) for a, b in pairwise(batch.offsets)
    ]


def test_a_list_of_samples_becomes_a_batch() -> None:
    batch = three()
    assert (len(batch), batch.samples, batch.units) == (3, 3, 4)
    assert listed(batch) == [[(1, 2e-6), (0, 1e-6)], [], [(2, 3e-6)]]
    assert len(SpikeBatch.from_list([], units=4)) == 0


def test_a_batch_is_indexed_sliced_and_iterated() -> None:
    batch = three()
    assert listed(batch[0]) == [[(1, 2e-6), (0, 1e-6)]]
    assert listed(batch[-1]) == listed(batch[2:]) == [[(2, 3e-6)]]
    assert listed(batch[[2, 0]]) == [[(2, 3e-6)], [(1, 2e-6), (0, 1e-6)]]
    assert listed(batch[np.array([False, True, True])]) == [[], [(2, 3e-6)]]
    assert [len(sample) for sample in batch] == [1, 1, 1]
    with pytest.raises(IndexError, match="sample 3 does not exist; there are 3"):
        batch[3]


def test_batches_are_concatenated() -> None:
    batch = three()
    both = SpikeBatch.concatenate([batch[1:], batch, batch[:0]])
    assert listed(both) == [*listed(batch)[1:], *listed(batch)]
    assert both.offsets.dtype == np.int64


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SpikeBatch.from_list([([1], [0.0, 1e-6])], units=4), "sample 0 has 1 units and 2 times"),
        (lambda: SpikeBatch.from_list([3], units=4), "sample 0 = 3 must be a pair"),  # type: ignore[list-item]
        (lambda: SpikeBatch.from_list([([4], [0.0])], units=4), "unit 4 of event 0 is outside 0..3"),
        (lambda: SpikeBatch.concatenate([]), r"one at least, got \[\]"),
        (lambda: SpikeBatch.concatenate([three(), 3]), r"SpikeBatches, one at least, got \[3\]"),  # type: ignore[list-item]
        (
            lambda: SpikeBatch.concatenate([three(), SpikeBatch.from_list([], units=5)]),
            r"as many channels, got \[4, 5\]",
        ),
    ],
)
def test_what_is_no_batch_is_refused(make: Any, message: str) -> None:
    with pytest.raises(SpikeError, match=message):
        make()


def test_a_batch_stays_where_it_is() -> None:
    batch = three()
    assert batch.to("cuda", non_blocking=True) is batch
