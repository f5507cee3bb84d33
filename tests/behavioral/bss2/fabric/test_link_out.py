"""Link out: stamps, back-pressure by the host, slow mode."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.link_out import ready_from
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import ready_wait, stimulus
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.digital.ticks import NEVER

SPEC = chip_spec("tiny").with_fields(link_out_depth=4)
LOOP = (8, 8)  # link 0 in to link 0 out


def run(config: Any, events: int, cycles: int, ready: Any = None, every: int = 1) -> Any:
    stamp = np.arange(events) * every
    return run_fabric(SPEC, config, stimulus(SPEC, 0 * stamp, stamp % 1000, stamp, ready=ready), cycles)


def test_the_stamp_is_the_cycle_at_the_crossbar_output(routed: Any) -> None:
    result = run(routed(SPEC, LOOP), 20, 40)
    np.testing.assert_array_equal(result.sent, [(0, s + 3, s, s + 4) for s in range(20)])


def test_slow_mode_halves_the_rate(routed: Any) -> None:
    config = routed(SPEC, LOOP).with_section("links", slow=[1, 0, 0, 0])
    result = run(config, 40, 80)
    np.testing.assert_array_equal(np.diff(result.sent[:, 1]), SPEC.slow_cycles)
    assert len(result.sent) + result.drops[8] == 40
    assert run(config, 20, 80, every=2).drops.sum() == 0


def test_a_host_that_takes_nothing(routed: Any) -> None:
    result = run(routed(SPEC, LOOP), 30, 60, ready=np.zeros((4, 1), bool))
    assert len(result.sent) == 0
    assert result.granted[8] == SPEC.link_out_depth
    assert result.queued.sum() == 1
    assert result.drops[8] == 30 - 4 - 1


def test_a_place_that_becomes_free_is_used_in_the_next_cycle(routed: Any) -> None:
    ready = np.zeros((4, 1000), bool)
    ready[0, [20, 21, 30]] = True
    result = run(routed(SPEC, LOOP), 900, 990, ready=ready)
    # Grants in 2, 3, 4, 5 fill the FIFO; then one after each handshake. Stamps are one later.
    np.testing.assert_array_equal(result.sent[:, 3], [20, 21, 30])
    np.testing.assert_array_equal(result.sent[:, 1], [3, 4, 5])
    assert result.granted[8] == 7
    ready[0, 100:110] = True
    later = run(routed(SPEC, LOOP), 900, 990, ready=ready).sent
    np.testing.assert_array_equal(later[:7, 1], [3, 4, 5, 6, 22, 23, 32])


def test_at_full_rate_a_deep_enough_fifo_never_stalls(routed: Any) -> None:
    result = run(routed(SPEC, LOOP), 500, 600)
    assert result.drops.sum() == 0
    assert len(result.sent) == 500


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_a_shallow_fifo_limits_the_rate(routed: Any, depth: int) -> None:
    """A place is used for the grant, the way, and the handshake: free again after 3 cycles."""
    spec = SPEC.with_fields(link_out_depth=depth)
    stamp = np.arange(60)
    result = run_fabric(spec, routed(spec, LOOP), stimulus(spec, 0 * stamp, stamp, stamp), 100)
    assert len(result.sent) == pytest.approx(60 * min(1, depth / 3), abs=3)


@settings(deadline=None)  # the first call compiles
@given(pattern=st.lists(st.booleans(), min_size=1, max_size=12), cycle=st.integers(0, 40))
def test_waiting_for_the_host(pattern: list[bool], cycle: int) -> None:
    wait = ready_wait(np.array([pattern]))
    expected = next((c for c in range(cycle, cycle + 20) if pattern[c % len(pattern)]), NEVER)
    assert ready_from(wait, 0, cycle) == expected
    assert ready_from(wait, 0, NEVER + 1) == NEVER
