"""The latencies of the contract, on the whole design, event by event."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.wiring import crossbar_nodes
from inloop.behavioral.bss2.spec import chip_spec

from tests.cocotb.bss2.session import Record
from tests.rtl.bss2.simulation import pulses, run_rtl, words

TINY = chip_spec("tiny")
LABEL = 0b101_00001_010011  # row select 1, synapse label 19


def routed(*pairs: tuple[int, int]) -> FabricConfig:
    """Return a configuration whose crossbar has only these nodes (input, output) open."""
    target = np.array([tuple(node) not in pairs for node in crossbar_nodes(TINY)], np.int64)
    config = FabricConfig.default(TINY).with_section("nodes", target=target, count_drops=1)
    config = config.with_section("drivers", receiver=1, exc_top=1, inh_bottom=1).with_section("buses", enable_spl1=1)
    return config.with_section("outputs", count_events=1).with_section("neurons", enable=1)


@pytest.fixture(scope="module")
def seen() -> Record:
    """One run: an event with stamp 20 to bus 2, a late one to the host, fires, and a software event on bus 5.

    Neuron 1 (event output 0) reaches bus 0 with its address 83.
    """
    config = routed((8, 2), (9, 9), (0, 0)).with_section("clocks", fast_scale=2)
    config = config.with_section("neurons", address=83, refractory_time=6, reset_holdoff=15)
    config = config.with_section("cadc", enable=1, period=25)
    spl1 = np.ones(8, np.int64)
    spl1[5] = 0
    config = config.with_section("buses", enable_spl1=spl1)
    given = stimulus(
        TINY, [0, 1], [LABEL, 77], [20, 3], [-16, 9], software=[(30, 1, 0b0010, 1, 9)], ready=np.ones((4, 1), bool)
    )
    return run_rtl(TINY, config, given, 80, [(40, 1), (41, 1), (62, 1)])


def between(seen: Record, first: int, last: int) -> list[tuple[int, ...]]:
    return [row for row in pulses(TINY, seen) if first <= row[0] < last]


def test_a_stamp_acts_five_cycles_later(seen: Record) -> None:
    assert between(seen, 0, 31) == [(25, 6, 2, 1, 19, 63)]  # driver 6: bus 2, index 1


def test_a_software_event_acts_two_cycles_after_its_strobe(seen: Record) -> None:
    assert between(seen, 31, 40) == [(32, 8 + 5, 2, 1, 9, 63)]


def test_a_spike_acts_six_cycles_later(seen: Record) -> None:
    assert between(seen, 40, 60) == [(46, 4, 2, 1, 19, 63)]  # address 83: row select 1, synapse label 19


def test_a_late_event_passes_and_is_counted(seen: Record) -> None:
    # offered in cycle 9, at the head in 10, released then; crossbar input 11, output 13, stamped 13, at the host 14
    assert seen.sent == [(1, 13, 77, 14)]
    assert words(seen, "late") == [0, 1, 0, 0]


def test_refractory_period_and_clamp(seen: Record) -> None:
    # accepted in 40; ticks in cycles whose time ends in 11: 43, 47, …, 63: six ticks
    refractory = [c for c, neurons in enumerate(seen.traces["refractory"]) if neurons]
    clamped = [c for c, neurons in enumerate(seen.traces["clamp"]) if neurons]
    assert refractory == list(range(41, 64))
    assert clamped == list(range(41, 60))  # one tick before: 0xE0 + 2 · 15 = 254
    assert {seen.traces["refractory"][c] for c in refractory} == {2}
    assert words(seen, "spike_counters")[1] == 1  # the fires in 41 and 62 met a refractory neuron


def test_counters_of_the_run(seen: Record) -> None:
    events = words(seen, "events")
    assert [n for n, count in enumerate(events) if count] == [0, 2, 9]
    assert words(seen, "drops") == [0] * 20
    assert words(seen, "lost") == [0] * 8


def test_cadc_trigger(seen: Record) -> None:
    assert [c for c, high in enumerate(seen.traces["cadc_trigger"][:80]) if high] == [25, 50, 75]
    assert [word == cycle // 25 for name, _, cycle, word in seen.counters if name == "cadc_samples"] == [True]


def test_drops_when_three_inputs_meet_on_one_bus() -> None:
    """Links 0 to 2 send each cycle to bus 3, which takes one: of 30 events, 10 + 3 find room before the end."""
    config = routed(*((8 + k, 3) for k in range(3)))
    channel, stamp = np.repeat(np.arange(3), 10), np.tile(np.arange(20, 30), 3)
    seen = run_rtl(TINY, config, stimulus(TINY, channel, np.full(30, LABEL), stamp), 60)
    assert sum(words(seen, "drops")) == 30 - len(pulses(TINY, seen))
    assert words(seen, "events")[3] == len(pulses(TINY, seen)) == 12
    assert [row[0] for row in pulses(TINY, seen)] == list(range(25, 37))


def test_lost_spikes() -> None:
    """All four neurons of an output fire each cycle, without refractory time; one leaves per cycle."""
    config = routed().with_section("neurons", refractory_time=0)
    mine = [0, 1, 16, 17]
    fires: list[Any] = [(c, n) for c in (10, 11, 12) for n in mine]
    seen = run_rtl(TINY, config, stimulus(TINY), 30, fires)
    assert [words(seen, "spike_counters")[n] for n in mine] == [3] * 4
    assert words(seen, "lost")[0] == 6  # in cycles 11 and 12, three of four are still waiting
