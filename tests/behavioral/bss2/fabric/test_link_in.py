"""Link in: release at the stamp, late events, back-pressure of the FIFO."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.digital.ticks import NEVER

SPEC = chip_spec("tiny").with_fields(link_in_depth=4)
CONFIG = FabricConfig.default(SPEC)


def run(cycles: int, stamp: Any, offered: Any = None, channel: Any = None) -> Any:
    channel = np.zeros(len(stamp), np.int64) if channel is None else channel
    return run_fabric(SPEC, CONFIG, stimulus(SPEC, channel, np.zeros_like(channel), stamp, offered), cycles)


def test_events_leave_at_their_stamp_on_all_links() -> None:
    stamp = np.arange(40).repeat(4)
    result = run(50, stamp, channel=np.tile(np.arange(4), 40))
    np.testing.assert_array_equal(result.released, stamp)
    np.testing.assert_array_equal(result.late, 0)
    # Four wait from before the run; then a place is free in the cycle after each release.
    np.testing.assert_array_equal(result.accepted[::4], [-4, -3, -2, -1, *range(1, 37)])


def test_an_event_is_late_if_it_comes_after_its_stamp() -> None:
    result = run(30, [9, 10, 9, 12], offered=[10, 10, 10, 10])
    np.testing.assert_array_equal(result.accepted, [10, 11, 12, 13])
    np.testing.assert_array_equal(result.released, [11, 12, 13, 14])
    np.testing.assert_array_equal(result.late, [4, 0, 0, 0])
    assert run(30, [11], offered=[10]).late[0] == 0


def test_the_head_holds_back_what_is_behind_it() -> None:
    result = run(30, [20, 3, 4])
    np.testing.assert_array_equal(result.released, [20, 21, 22])
    assert result.late[0] == 2


def test_a_full_fifo_takes_no_event() -> None:
    result = run(100, [50, 0, 0, 0, 0, 0], offered=[0] * 6)
    np.testing.assert_array_equal(result.accepted, [0, 1, 2, 3, 51, 52])
    np.testing.assert_array_equal(result.released, [50, 51, 52, 53, 54, 55])


def test_what_is_beyond_the_run_is_not_there() -> None:
    result = run(10, [5, 9, 10, 10**12], offered=[0, 0, 0, 10])
    np.testing.assert_array_equal(result.released, [5, 9, NEVER, NEVER])
    np.testing.assert_array_equal(result.accepted, [0, 1, 2, NEVER])
    assert result.entered.sum() == 1  # the second one is in the input register


def test_stamps_of_all_bits() -> None:
    last = (1 << SPEC.time_bits) - 1
    assert run(1000, [last]).released[0] == NEVER


@pytest.mark.parametrize(("events", "late"), [(65_535, 65_534), (65_536, 65_535), (70_000, 65_535)])
def test_the_late_counter_saturates(events: int, late: int) -> None:
    assert run(events + 10, np.zeros(events, np.int64)).late[0] == late


@settings(deadline=None)  # the first call compiles
@given(
    stamp=st.lists(st.integers(0, 60), max_size=30),
    offers=st.lists(st.integers(-5, 60), min_size=30, max_size=30),
    depth=st.integers(1, 5),
)
def test_rules_of_a_fifo(stamp: list[int], offers: list[int], depth: int) -> None:
    spec = SPEC.with_fields(link_in_depth=depth)
    given_ = stimulus(spec, [2] * len(stamp), [1] * len(stamp), stamp, offers[: len(stamp)])
    result = run_fabric(spec, CONFIG, given_, 300)
    taken, left = result.accepted, result.released
    assert (np.diff(taken) > 0).all()
    assert (np.diff(left) > 0).all()
    assert (left > taken).all()
    assert (left >= np.array(stamp, np.int64)).all()
    for cycle in range(-5, 100):
        inside = (taken < cycle).sum() - (left < cycle).sum()
        assert 0 <= inside <= depth
        offered = (taken >= cycle) & (given_.offered <= cycle)
        if inside < depth and offered.any() and np.flatnonzero(taken >= cycle)[0] == np.flatnonzero(offered)[0]:
            assert cycle in taken  # nothing waits without need
        if cycle >= 0 and inside and np.array(stamp)[left >= cycle][0] <= cycle:
            assert cycle in left
