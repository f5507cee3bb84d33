"""Links to and from the host, as blocks, against the twin: order, stamps, lateness, back-pressure, no word lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.link_in import schedule
from inloop.behavioral.bss2.fabric.log import SENT
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.wiring import buses, crossbar_nodes
from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.bss2.buildable import SPIKE_LABEL_BITS

from tests.cocotb import bench_block
from tests.cocotb.bss2 import bench_link
from tests.cocotb.bss2.stepped import Stepped, differences
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
    offers=st.dictionaries(st.integers(0, CYCLES - 3), st.integers(0, 0x3FFF)), channel=st.integers(0, 3),
    ready=st.lists(st.booleans(), min_size=1, max_size=12),
)  # fmt: skip
def test_link_out_is_the_twin(offers: dict[int, int], channel: int, ready: list[bool], simulate: Simulate) -> None:
    """The crossbar of the twin offers events through one open node; words, their cycles and `room` are the twin's."""
    nodes, output = [tuple(node) for node in crossbar_nodes(SPEC)], buses(SPEC) + channel
    opened = next(n for n, (_, to) in enumerate(nodes) if to == output)
    config = FabricConfig.default(SPEC).with_section(
        "nodes", mask=0, target=[int(n != opened) for n in range(len(nodes))]
    )
    twin = Stepped(SPEC, config, stimulus(SPEC, ready=[ready] * SPEC.link_channels))
    steps = [{"now": c, "tready": int(ready[c % len(ready)])} for c in range(CYCLES)]
    for cycle in range(CYCLES - 1):
        if cycle in offers:
            twin.enter(nodes[opened][0], offers[cycle])
        twin.step()
        if output in (shown := twin.outputs()):
            steps[cycle + 1] |= {"event_valid": 1, "event_label": shown[output]}
    sent = twin.log.sent[: twin.log.count[SENT]].tolist()
    word = {at: (stamp << 2 | channel) << SPIKE_LABEL_BITS - 2 | label for _, stamp, label, at in sent}
    stored = [sum(stamp <= c <= at - (stamp < c) for _, stamp, _, at in sent) for c in range(CYCLES)]
    expected = [(word.get(c), int(stored[c] < SPEC.link_out_depth)) for c in range(CYCLES)]
    idle = {"event_valid": 0, "event_label": 0, "now": 0, "channel": channel, "tready": 0}
    link = simulate(block_design(SPEC, "link_out"))
    watched: list[tuple[int, int, int]] = link.call(bench_block.play, [], idle, steps, ("tvalid", "tdata", "room"))
    seen = [
        (data if valid and step["tready"] else None, room)
        for step, (valid, data, room) in zip(steps, watched, strict=True)
    ]
    assert differences(("word taken", "room"), seen, expected) == []


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
