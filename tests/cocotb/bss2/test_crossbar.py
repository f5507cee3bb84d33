"""The crossbar alone against the twin: filters, turns, drops, counters, slow links, a host that is not always ready."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.counters import DROP_BITS, EVENT_BITS
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.wiring import buses, crossbar_inputs, crossbar_nodes, crossbar_outputs
from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.bss2.crossbar import node_positions

from tests.cocotb import bench_block
from tests.cocotb.bss2.stepped import Stepped, differences, words
from tests.cocotb.bss2.strategies import FEW, MANY, one_per, plenty
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

SPEC = chip_spec("tiny")
NODES = [tuple(node) for node in crossbar_nodes(SPEC)]
INPUTS, OUTPUTS, LINKS = crossbar_inputs(SPEC), crossbar_outputs(SPEC), SPEC.link_channels
LABEL_BITS, MOST = SPEC.label_bits, (1 << SPEC.label_bits) - 1
CYCLES = 40
LAST = 10  # cycle with new events; then what waits has time to leave


@dataclass(frozen=True)
class Case:
    """nodes: mask, target, count_drops by (input, output), all others are closed. events: cycle, input, label.

    counted, slow: outputs that count, and links in slow mode. ready: cycles with a ready host, repeated, by link.
    """

    nodes: dict[tuple[int, ...], tuple[int, int, int]]
    counted: frozenset[int]
    slow: frozenset[int]
    ready: list[list[bool]]
    events: list[tuple[int, int, int]]

    def config(self) -> FabricConfig:
        closed = (0, 1, 0)
        mask, target, count = np.array([self.nodes.get(node, closed) for node in NODES]).T
        config = FabricConfig.default(SPEC).with_section("nodes", mask=mask, target=target, count_drops=count)
        config = config.with_section("outputs", count_events=[n in self.counted for n in range(OUTPUTS)])
        config = config.with_section("buses", enable_spl1=1)
        return config.with_section("links", slow=[k in self.slow for k in range(LINKS)])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    bit = st.integers(0, LABEL_BITS - 1).map(lambda place: 1 << place)
    mask = st.just(0) | bit | st.just(MOST)
    filters = mask.flatmap(lambda m: st.tuples(st.just(m), st.sampled_from([0, m]), st.integers(0, 1)))
    event = st.tuples(
        st.integers(0, LAST), st.integers(0, INPUTS - 1), st.just(0) | st.just(MOST) | st.integers(0, MOST)
    )
    pattern = st.just([True]) | st.just([False]) | st.lists(st.booleans(), min_size=1, max_size=8)
    nodes = draw(plenty(st.tuples(st.sampled_from(NODES), filters), 40))
    return Case(
        dict(nodes),
        draw(st.frozensets(st.integers(0, OUTPUTS - 1))),
        draw(st.frozensets(st.integers(0, LINKS - 1))),
        [draw(pattern) for _ in range(LINKS)],
        one_per(draw(plenty(event, 80)), 2),
    )


def check(case: Case, simulate: Simulate) -> None:
    config = case.config()
    ready = np.array([[row[c % len(row)] for c in range(CYCLES)] for row in case.ready])
    twin, given_ = Stepped(SPEC, config, stimulus(SPEC, ready=ready)), [{} for _ in range(CYCLES)]
    for cycle, source, label in case.events:
        given_[cycle][source] = label
    expected, steps = [{}], []
    settings = {"slow": sum(1 << k for k in case.slow), "count_events": sum(1 << n for n in case.counted)}
    for shown in given_:
        valid, labels = sum(1 << n for n in shown), sum(label << n * LABEL_BITS for n, label in shown.items())
        steps.append({"valid": valid, "labels": labels, **settings})
        for source, label in shown.items():
            twin.enter(source, label)
        twin.step()
        expected.append(twin.outputs())
    memory = sorted(zip(node_positions(SPEC), words(SPEC, config, "nodes"), strict=True))
    crossbar = simulate(block_design(SPEC, "crossbar"))
    seen, events, drops = crossbar.call(bench_block.crossbar, memory, steps, case.ready, SPEC.link_out_depth)
    events_out = [
        {n: labels >> n * LABEL_BITS & MOST for n in range(OUTPUTS) if valid >> n & 1} for valid, labels in seen
    ]
    names = tuple(f"{'link' if n >= buses(SPEC) else 'bus'} output {n}" for n in range(OUTPUTS))
    rows = [[tuple(row.get(n) for n in range(OUTPUTS)) for row in shown] for shown in (events_out, expected[:-1])]
    assert differences(names, *rows) == []
    result = twin.result()
    assert [events >> n * EVENT_BITS & (1 << EVENT_BITS) - 1 for n in range(OUTPUTS)] == result.events.tolist()
    assert [drops >> n * DROP_BITS & (1 << DROP_BITS) - 1 for n in range(INPUTS)] == result.drops.tolist()


@FEW
@given(case=cases())
def test_crossbar(case: Case, simulate: Simulate) -> None:
    check(case, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@MANY
@given(case=cases())
def test_crossbar_at_length(case: Case, simulate: Simulate) -> None:
    check(case, simulate)
