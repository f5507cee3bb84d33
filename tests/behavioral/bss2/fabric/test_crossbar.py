"""Crossbar: nodes, filters, drops, turns, counters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.wiring import buses, crossbar_inputs, crossbar_nodes
from inloop.behavioral.bss2.spec import chip_spec

SPEC = chip_spec("tiny")
NODES = crossbar_nodes(SPEC)
LINK_IN, LINK_OUT, BACKGROUND = SPEC.event_outputs, buses(SPEC), SPEC.event_outputs + SPEC.link_channels


def links(count: int, channels: tuple[int, ...], every: int = 1, label: int = 0) -> Any:
    """Return `count` events on each channel, one per `every` cycles."""
    stamp = np.repeat(np.arange(count) * every, len(channels))
    return stimulus(SPEC, np.tile(channels, count), np.full(len(stamp), label), stamp)


@pytest.mark.parametrize("node", range(len(NODES)))
def test_each_node_joins_its_input_and_output(routed: Any, node: int) -> None:
    source, target = NODES[node]
    config = routed(SPEC, NODES[node])
    config = config.with_section("background", enable=np.arange(8) == source - BACKGROUND, period=20)
    channel = source - LINK_IN
    given = links(3, (channel,), 10) if 0 <= channel < 4 else stimulus(SPEC)
    fires = [(0, 2 * source), (9, 2 * source)] if source < LINK_IN else []  # two columns per event output
    result = run_fabric(SPEC, config, given, 40, fires)
    assert result.events[target] == result.matched[node] > 1
    assert result.events.sum() == result.events[target]
    assert result.entered.sum() == result.entered[source] == result.matched.sum()


def test_filter_compares_the_bits_under_the_mask(routed: Any) -> None:
    node = NODES.index((LINK_IN, 2))
    mask, target = np.zeros(len(NODES), np.int64), np.ones(len(NODES), np.int64)
    mask[node], target[node] = 0b1001, 0b1000
    config = routed(SPEC).with_section("nodes", mask=mask, target=target)
    label = np.arange(64)
    given = stimulus(SPEC, np.zeros(64, np.int64), label, label * 2)
    result = run_fabric(SPEC, config.with_section("drivers", compare_mask=0), given, 200)
    seen = result.pulses[result.pulses[:, 1] == 2, 4]
    np.testing.assert_array_equal(seen, [x for x in label if x & 8 and not x & 1])
    assert result.drops.sum() == 0  # what is filtered is no drop


def test_reset_configuration_lets_everything_through_and_a_wrong_target_nothing(routed: Any) -> None:
    open_ = routed(SPEC, *(tuple(node) for node in NODES))
    assert (run_fabric(SPEC, open_, links(1, (0, 1, 2, 3)), 20).events == [4] * 8 + [1] * 4).all()
    assert run_fabric(SPEC, routed(SPEC), links(1, (0, 1, 2, 3)), 20).events.sum() == 0


@pytest.mark.parametrize("sources", [1, 2, 3, 4])
def test_nothing_is_lost_below_capacity(routed: Any, sources: int) -> None:
    config = routed(SPEC, *((LINK_IN + k, 3) for k in range(sources)))
    result = run_fabric(SPEC, config, links(200, tuple(range(sources)), every=sources), 200 * sources + 10)
    assert result.events[3] == 200 * sources
    assert result.drops.sum() == 0


def test_full_rate_on_all_buses_at_once(routed: Any) -> None:
    config = routed(SPEC, *((LINK_IN + k, bus) for k in range(4) for bus in (k, 4 + k)))
    config = config.with_section("drivers", compare_mask=0)
    result = run_fabric(SPEC, config, links(300, (0, 1, 2, 3)), 310)
    np.testing.assert_array_equal(result.events[:8], 300)
    assert result.drops.sum() == 0
    np.testing.assert_array_equal(np.unique(result.pulses[:, 0], return_counts=True)[1], 2 * SPEC.drivers)
    np.testing.assert_array_equal(np.unique(result.pulses[:, 0]), np.arange(300) + 5)


@pytest.mark.parametrize("sources", [2, 3, 4])
def test_overload_is_shared_fairly_and_each_drop_counts(routed: Any, sources: int) -> None:
    config = routed(SPEC, *((LINK_IN + k, 6) for k in range(sources)))
    events = 120
    result = run_fabric(SPEC, config, links(events, tuple(range(sources))), events + 20)
    # Events meet the nodes in cycles 1 to 120; a node is free when its turn comes, once per `sources` cycles.
    taken = events - result.drops[LINK_IN : LINK_IN + sources]
    assert taken.max() - taken.min() <= 1
    assert result.events[6] == taken.sum() == events - 1 + sources
    assert result.queued.sum() == 0


def test_turns_follow_the_order_of_inputs(routed: Any) -> None:
    config = routed(SPEC, (0, 0), (LINK_IN + 1, 0), (LINK_IN + 3, 0), (BACKGROUND, 0))
    config = config.with_section("drivers", compare_mask=0).with_section("neurons", address=1)
    config = config.with_section("background", enable=np.arange(8) == 0, period=8, label=4)
    given = stimulus(SPEC, [3, 1], [3, 2], [3, 3])
    result = run_fabric(SPEC, config, given, 11, [(2, 0)])
    np.testing.assert_array_equal(
        result.pulses[result.pulses[:, 1] == 0][:, [0, 4]], [(8, 1), (9, 2), (10, 3), (11, 4)]
    )


def test_only_marked_nodes_count_their_drops(routed: Any) -> None:
    nodes = [(LINK_IN + k, bus) for k in range(2) for bus in (0, 5)]
    config = routed(SPEC, *nodes)
    given = links(50, (0, 1))
    both = run_fabric(SPEC, config, given, 80)
    assert both.drops[LINK_IN] + both.drops[LINK_IN + 1] == 2 * (100 - 51)
    marked = np.array([tuple(node) == (LINK_IN, 5) for node in NODES], np.int64)
    one = run_fabric(SPEC, config.with_section("nodes", count_drops=marked), given, 80)
    assert one.drops[LINK_IN] == both.dropped[NODES.index((LINK_IN, 5))] > 0
    assert one.drops.sum() == one.drops[LINK_IN]


@pytest.mark.parametrize(("cycles", "drops"), [(65_534 + 18, 65_534), (65_535 + 18, 65_535), (65_600, 65_535)])
def test_the_drop_counter_saturates(routed: Any, cycles: int, drops: int) -> None:
    """A host that never takes anything: 16 events are granted, one stays in the node, from cycle 18 on all drop."""
    config = routed(SPEC, (BACKGROUND, LINK_OUT)).with_section("background", enable=np.arange(8) == 0, period=2)
    blocked = stimulus(SPEC, ready=np.zeros((4, 1), bool))
    result = run_fabric(SPEC, config, blocked, cycles)
    assert result.drops[BACKGROUND] == drops
    assert result.drops.sum() == drops
    assert len(result.drops) == crossbar_inputs(SPEC)


@pytest.mark.slow
def test_the_event_counter_wraps(routed: Any) -> None:
    config = routed(SPEC, (BACKGROUND, 0)).with_section("background", enable=np.arange(8) == 0, period=2)
    config = config.with_section("drivers", receiver=0)
    cycles = (1 << 24) + 2
    for extra, count in ((-1, (1 << 24) - 1), (0, 0), (5, 5)):
        assert run_fabric(SPEC, config, stimulus(SPEC), cycles + extra, []).events[0] == count
    off = config.with_section("outputs", count_events=0)
    assert run_fabric(SPEC, off, stimulus(SPEC), 100).events[0] == 0
