"""Links to and from the host, as blocks: order, stamps, lateness, back-pressure, no word lost; in, against the twin."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inloop.behavioral.fabric.link_in import schedule
from inloop.behavioral.spec import chip_spec

from tests.cocotb import bench_link
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

SPEC = chip_spec("tiny")
CYCLES = 80
MANY = settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
EVENTS = st.lists(st.tuples(st.integers(0, CYCLES), st.integers(0, 0x3FFF)), max_size=60)


@MANY
@given(events=EVENTS, seed=st.integers(0, 99), pause=st.sampled_from([0.0, 0.3, 0.8]), run_from=st.integers(0, 30))
def test_link_in(events: list[tuple[int, int]], seed: int, pause: float, run_from: int, simulate: Simulate) -> None:
    words = [stamp << 16 | 0xC000 | label for stamp, label in events]
    link = simulate(block_design(SPEC, "link_in"))
    accepted, seen, late = link.call(bench_link.link_in, words, CYCLES, seed, pause, run_from)
    count = len(accepted)
    twin_accepted, released = np.zeros((2, count), np.int64)
    stamps = np.array([stamp for stamp, _ in events[:count]], np.int64)
    schedule(np.array([0, count]), stamps, np.array(accepted, np.int64), SPEC.link_in_depth, twin_accepted, released)
    assert accepted == twin_accepted.tolist()
    inside = [(cycle + 1, label) for cycle, (_, label) in zip(released, events, strict=False) if cycle + 1 < CYCLES]
    assert seen == inside
    passed = zip(released, events, strict=False)
    assert late == sum(cycle < CYCLES and stamp < cycle for cycle, (stamp, _) in passed)


@MANY
@given(
    offers=st.dictionaries(st.integers(0, CYCLES - 1), st.integers(0, 0x3FFF)), seed=st.integers(0, 99),
    pause=st.sampled_from([0.0, 0.5, 0.95]), channel=st.integers(0, 3),
)  # fmt: skip
def test_link_out(offers: dict[int, int], seed: int, pause: float, channel: int, simulate: Simulate) -> None:
    link = simulate(block_design(SPEC, "link_out"))
    taken, received, words = link.call(bench_link.link_out, sorted(offers.items()), CYCLES, seed, pause, channel)
    expected = [cycle << 16 | channel << 14 | label for cycle, label in taken]
    assert [word for _, word in received] == expected[: len(received)]
    assert words[: len(received)] == [word for _, word in received][: len(words)]
    for (at, _), (sent, _) in zip(taken, received, strict=False):
        assert sent > at
    assert len(taken) - len(received) <= SPEC.link_out_depth
    if pause == 0.0:
        assert [cycle for cycle, _ in received] == [c + 1 for c, _ in taken if c + 1 < CYCLES]


def test_a_full_link_out_refuses(simulate: Simulate) -> None:
    """Without a ready host exactly `link_out_depth` events are taken."""
    offers = [(cycle, cycle) for cycle in range(CYCLES)]
    taken, received, words = simulate(block_design(SPEC, "link_out")).call(
        bench_link.link_out, offers, CYCLES, 0, 1.0, 0
    )
    assert len(taken) == SPEC.link_out_depth
    assert received == words == []


@pytest.mark.parametrize("pause", [0.0, 0.6])
def test_link_in_at_full_rate(pause: float, simulate: Simulate) -> None:
    """One event per cycle in, one per cycle out."""
    words = [0] * 60
    accepted, seen, late = simulate(block_design(SPEC, "link_in")).call(bench_link.link_in, words, CYCLES, 1, pause, 0)
    assert [cycle for cycle, _ in seen] == [cycle + 2 for cycle in accepted if cycle + 2 < CYCLES]
    if pause == 0.0:
        assert len(seen) == 60
        assert accepted == list(range(accepted[0], accepted[0] + 60))
        assert late == 60
