"""The whole design, rule by rule: what the contract says in words, checked without the twin, and with it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric import wiring
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.counters import DROP_BITS, EVENT_BITS, LATE_BITS, LOST_BITS, SPIKE_BITS
from inloop.behavioral.bss2.fabric.lfsr import leap, leap_table
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec

from tests.cocotb.bss2 import bench_top
from tests.cocotb.bss2.agreement import disagreements
from tests.cocotb.bss2.session import TO_EFFECT, Record
from tests.cocotb.bss2.storms import storm
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design
from tests.cocotb.streams import take_nothing_back

SPEC = chip_spec("tiny")
LINKS, BUSES, OUTPUTS = SPEC.link_channels, wiring.buses(SPEC), SPEC.event_outputs
PER_OUTPUT = wiring.neurons(SPEC) // OUTPUTS
ALL_FIRE = (1 << wiring.neurons(SPEC)) - 1
TO_HOST = 4
"""Cycles from a tick of a generator to the word of its event at the link."""


def routed(*pairs: tuple[int, int], **sections: Any) -> FabricConfig:
    """Open only the nodes (input, output); all rows match, all spikes leave their neuron, all is counted."""
    closed = [int(tuple(node) not in pairs) for node in wiring.crossbar_nodes(SPEC)]
    config = FabricConfig.default(SPEC).with_section("nodes", target=closed, count_drops=1)
    config = config.with_section("drivers", receiver=1, exc_top=1, compare_mask=0)
    config = config.with_section("outputs", count_events=1).with_section("buses", enable_spl1=1)
    config = config.with_section("neurons", enable=1, address=np.arange(wiring.neurons(SPEC)))
    for name, values in sections.items():
        config = config.with_section(name, **values)
    return config


def run(simulate: Simulate, config: FabricConfig, cycles: int, given: Any = None, fires: Any = ()) -> Record:
    """Run, and demand that the twin agrees."""
    given = stimulus(SPEC) if given is None else given
    record: Record = simulate(top_design(SPEC)).call(bench_top.run, SPEC, config, given, cycles, fires)
    assert disagreements(SPEC, config, given, fires, record) == []
    return record


def word(record: Record, name: str, entity: int) -> int:
    return next(value for bank, number, _, value in record.counters if (bank, number) == (name, entity))


def rest(ticks: int, holdoff: int, scale: int, fired: int) -> tuple[int, int]:
    """Step the refractory counter as the contract says; return the first cycles without clamp and at rest."""
    value, clamp, clamp_end, cycle = 255 - ticks, True, 0, fired
    while True:
        cycle += 1
        if value != 255 and cycle % (1 << scale) == (1 << scale) - 1:
            value += 1
        if clamp and value in (255, 0xE0 + 2 * holdoff):
            clamp, clamp_end = False, cycle + 1
        if value == 255:
            return clamp_end, cycle + 1 if ticks else fired + 1


@pytest.mark.parametrize(("slow", "fast"), [(4, 0), (2, 1), (5, 3)])
def test_refractory_times(slow: int, fast: int, simulate: Simulate) -> None:
    """Clamp and refractory signals last exactly as the counter of the contract, on both clocks, from any phase."""
    n = np.arange(wiring.neurons(SPEC))
    ticks = np.array([0, 1, 2, 3, 5, 14, 15, 16, 17, 29, 30, 31, 32, 33, 34, 40])[n % 16]
    holdoff = np.array([15, 8, 0, 15])[(n // 2) % 4]
    settings = {"refractory_time": ticks, "reset_holdoff": holdoff, "fast_clock": n // 16}
    config = routed(neurons=settings, clocks={"slow_scale": slow, "fast_scale": fast})
    fires = [(3 + 5 * int(k), int(k)) for k in n]
    record = run(simulate, config, 3 + 5 * len(n) + (42 << slow), fires=fires)
    for cycle, neuron in fires:
        scale = fast if settings["fast_clock"][neuron] else slow
        ends = rest(int(ticks[neuron]), int(holdoff[neuron]), scale, cycle)
        for name, end in zip(("clamp", "refractory"), ends, strict=True):
            high = [c for c, value in enumerate(record.traces[name]) if value >> neuron & 1]
            assert high == list(range(cycle + 1, end)), (name, neuron)


def test_arbitration_below_capacity_loses_nothing(simulate: Simulate) -> None:
    """All neurons of all event outputs fire at once, as often as an output can send them."""
    config = routed(*((n, BUSES + n % LINKS) for n in range(LINKS)), neurons={"refractory_time": 0})
    fires = [(cycle, n) for cycle in range(0, 40 * PER_OUTPUT, PER_OUTPUT) for n in range(wiring.neurons(SPEC))]
    record = run(simulate, config, 41 * PER_OUTPUT, fires=fires)
    for link in range(LINKS):
        mine = [wiring.neuron_at(SPEC, link, slot) for slot in range(PER_OUTPUT)]
        labels = [label & 255 for k, _, label, cycle in record.sent if k == link][: 40 * PER_OUTPUT]
        assert labels == mine * 40  # in turn, without a gap
    assert all(word(record, "lost", n) == 0 for n in range(OUTPUTS))


def test_arbitration_of_neurons_is_fair(simulate: Simulate) -> None:
    """Under overload each neuron of an output gets the same share; what does not fit counts as lost."""
    cycles = 50 * PER_OUTPUT
    config = routed((0, BUSES), neurons={"refractory_time": 0})
    fires = [(cycle, n) for cycle in range(cycles) for n in range(wiring.neurons(SPEC))]
    record = run(simulate, config, cycles, fires=fires)
    shares = Counter(label & 255 for _, _, label, cycle in record.sent if cycle < cycles)
    assert len(shares) == PER_OUTPUT
    assert max(shares.values()) - min(shares.values()) <= 1
    total = sum(1 for k, *_ in record.sent if k == 0)
    assert word(record, "lost", 0) + total == cycles * PER_OUTPUT


def test_arbitration_of_links_is_fair_and_drops_are_exact(simulate: Simulate) -> None:
    """Four links at full rate onto one bus: a quarter each gets through, all else is counted as dropped."""
    config = routed(*((OUTPUTS + k, 0) for k in range(LINKS)))
    count = 200
    channel = np.repeat(np.arange(LINKS), count)
    given = stimulus(SPEC, channel, np.tile(np.arange(count), LINKS), np.tile(np.arange(count), LINKS))
    record = run(simulate, config, count + 30, given)
    dropped = [word(record, "drops", OUTPUTS + k) for k in range(LINKS)]
    assert max(dropped) - min(dropped) <= 1
    assert sum(dropped) + word(record, "events", 0) == LINKS * count
    assert word(record, "events", 0) == count + LINKS - 1  # each node still holds one in the end


def test_full_rate_on_all_buses_and_links(simulate: Simulate) -> None:
    """Each link feeds two buses and the link back to the host with one event per cycle; nothing is dropped."""
    pairs = [(OUTPUTS + k, target) for k in range(LINKS) for target in (k, SPEC.padi_buses + k, BUSES + k)]
    config = routed(*pairs)
    count = 150
    at = np.tile(np.arange(count), LINKS)
    given = stimulus(SPEC, np.repeat(np.arange(LINKS), count), at, at)
    record = run(simulate, config, count + 30, given)
    everyone = (1 << SPEC.hemispheres * SPEC.drivers) - 1
    assert record.traces["pulse_valid"][5 : 5 + count] == [everyone] * count
    for link in range(LINKS):
        sent = [(label, cycle) for k, _, label, cycle in record.sent if k == link]
        assert sent == [(n, n + 4) for n in range(count)]
    assert all(word(record, "drops", n) == 0 for n in range(wiring.crossbar_inputs(SPEC)))


def test_late_events_are_forwarded_and_counted(simulate: Simulate) -> None:
    config = routed((OUTPUTS, BUSES))
    stamps = [50, 10, 52, 53, 3, 90]
    record = run(simulate, config, 120, stimulus(SPEC, [0] * 6, range(6), stamps))
    assert [(label, stamp) for _, stamp, label, _ in record.sent] == list(enumerate([53, 54, 55, 56, 57, 93]))
    assert word(record, "late", 0) == 2  # the second and the fifth; those between are just in time
    assert word(record, "late", 1) == 0


def test_a_generator_of_rate_0_fires_at_a_draw_of_0(simulate: Simulate) -> None:
    """The states are such that the first draw, the third or none of the first twenty ends with a byte of 0."""
    table = leap_table(SPEC.background_lfsr_mask, SPEC.background_lfsr_steps)

    def zeros(state: int) -> list[int]:
        drawn = []
        for _ in range(20):
            state = int(leap(state, table))
            drawn.append(state & 255)
        return [n for n, byte in enumerate(drawn) if byte == 0]

    wanted = ([0], [2], [])
    states = [next(state for state in range(1, 100_000) if zeros(state) == at) for at in wanted]
    inputs = [OUTPUTS + LINKS + g for g in range(3)]
    background = {"enable": [1, 1, 1, *[0] * (SPEC.background_sources - 3)], "random": 1, "period": 2, "rate": 0}
    config = routed(*((inputs[g], BUSES + g) for g in range(3)), background=background)
    config = config.with_section("background", state=[*states, *[0] * (SPEC.background_sources - 3)])
    record = run(simulate, config, 20 + TO_HOST)
    seen = [[cycle for link, _, _, cycle in record.sent if link == g and cycle < 20 + TO_HOST] for g in range(3)]
    assert seen == [[n + TO_HOST for n in at] for at in wanted]


@pytest.mark.parametrize("seed", range(4))
def test_reset_in_mid_traffic(seed: int, simulate: Simulate) -> None:
    """What was under way leaves no trace: the next session is exact."""
    first, second = storm(SPEC, 100 + seed), storm(SPEC, 200 + seed)
    given = [(SPEC, case.config, case.stimulus(SPEC), case.cycles, case.fires) for case in (first, second)]
    record = simulate(top_design(SPEC)).call(bench_top.interrupted, given[0], 1300 + 10 * seed, given[1])
    assert disagreements(SPEC, second.config, given[1][2], second.fires, record) == []


@pytest.mark.parametrize("seed", range(4))
def test_clear_in_mid_traffic(seed: int, simulate: Simulate) -> None:
    """Background, links and neurons are still busy when `clear` comes; each sample is exact on its own."""
    cases = [storm(SPEC, 300 + 10 * seed + k, 100) for k in range(3)]
    config = cases[0].config
    runs = [(case.stimulus(SPEC), case.cycles, case.fires) for case in cases]
    records = simulate(top_design(SPEC)).call(bench_top.samples, SPEC, config, runs)
    for record, (given, _, fires) in zip(records, runs, strict=True):
        assert disagreements(SPEC, config, given, fires, record) == []


def test_links_refuse_while_being_cleared(simulate: Simulate) -> None:
    """A word offered all the time is refused in the cycle of the clear strobe only, and none is lost."""
    ready, words = simulate(top_design(SPEC)).call(bench_top.offered_through_clear, SPEC, routed((OUTPUTS, BUSES)))
    assert ready == [int(cycle != TO_EFFECT) for cycle in range(len(ready))]
    assert words == list(range(TO_EFFECT + 1, len(ready)))  # one per cycle with ready, those before are cleared


def all_links_held() -> dict[str, int]:
    """All links offer events of stamp 0 in every cycle, and the host takes what comes."""
    offers = {f"s_axis_{k}_tvalid": 1 for k in range(LINKS)}
    return offers | {f"m_axis_{k}_tready": 1 for k in range(LINKS)}


def test_late_counters_saturate(simulate: Simulate) -> None:
    """All but the first of N events of stamp 0 are late, and the first too: it waits a cycle in the FIFO."""
    simulation, config, most = simulate(top_design(SPEC)), routed(), (1 << LATE_BITS) - 1
    for cycles in (300, most, most + 1, most + 70):
        if simulation.simulator == "icarus" and cycles > 300:
            pytest.skip("too slow on Icarus; the count up to here is exact")
        counters = simulation.call(bench_top.held, SPEC, config, all_links_held(), cycles)
        assert counters["late"] == [min(cycles, most)] * LINKS


def test_drop_counters_saturate(simulate: Simulate) -> None:
    """Three of four events are dropped at each of the eight buses."""
    simulation, most = simulate(top_design(SPEC)), (1 << DROP_BITS) - 1
    config = routed(*((OUTPUTS + k, bus) for k in range(LINKS) for bus in range(BUSES)))
    cycles = 400 if simulation.simulator == "icarus" else 2 * most
    counters = simulation.call(bench_top.held, SPEC, config, all_links_held(), cycles)
    expected = 6 * cycles - BUSES  # one event more per node than a quarter each
    for k in range(LINKS):
        assert abs(min(counters["drops"][OUTPUTS + k], most) - min(expected, most)) <= BUSES
    passed = sum(counters["drops"]) + sum(counters["events"])
    assert passed == cycles * LINKS * BUSES or expected > most
    if expected > most:
        assert counters["drops"] == [0] * OUTPUTS + [most] * LINKS + [0] * SPEC.background_sources


def test_lost_counters_saturate_and_spike_counters_wrap(simulate: Simulate) -> None:
    simulation, most = simulate(top_design(SPEC)), (1 << LOST_BITS) - 1
    config = routed(neurons={"refractory_time": 0})
    longest = 600 if simulation.simulator == "icarus" else most
    for cycles in (255, 256, 511, longest):
        counters = simulation.call(bench_top.held, SPEC, config, {"fire": ALL_FIRE}, cycles)
        # one neuron leaves per cycle from the second one on; those that wait in the end are not lost
        lost = PER_OUTPUT * (cycles - 1) - (cycles - 1)
        assert counters["lost"] == [min(lost, most)] * OUTPUTS
        spikes = cycles % 256 | (cycles > 255) << SPIKE_BITS
        assert counters["spike_counters"] == [spikes] * wiring.neurons(SPEC)


def test_event_counters_wrap(simulate: Simulate) -> None:
    """From a value near the end, put into the register: to count so far takes minutes (see the slow test)."""
    simulation = simulate(top_design(SPEC))
    if simulation.simulator == "icarus":
        pytest.skip("Icarus optimises the way to the inner register away")
    pairs = [(OUTPUTS + k, k) for k in range(LINKS)]
    config, given = routed(*pairs), stimulus(SPEC)
    simulation.call(bench_top.run, SPEC, config, given, 1, ())
    top = (1 << EVENT_BITS) - 2
    simulation.call(bench_top.deposit, {f"router.crossbar_output{k}_event_count": top for k in range(LINKS)})
    counters = simulation.call(bench_top.held_on, SPEC, all_links_held(), 5)
    assert counters["events"][:LINKS] == [3] * LINKS


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_event_counters_wrap_in_the_long_run(simulate: Simulate) -> None:
    simulation = simulate(top_design(SPEC))
    if simulation.simulator == "icarus":
        pytest.skip("takes hours on Icarus")
    config = routed(*((OUTPUTS + k, k) for k in range(LINKS)))
    cycles = (1 << EVENT_BITS) + 77
    limit_us = cycles // 100
    counters = simulation.call(bench_top.held, SPEC, config, all_links_held(), cycles, limit_us=limit_us)
    assert counters["events"][:LINKS] == [77] * LINKS


def test_time_reads_whole(simulate: Simulate) -> None:
    """Reading the low word of the time holds the high word."""
    simulation = simulate(top_design(SPEC))
    low, high = simulation.call(bench_top.read_time, SPEC, (5 << 32) - 10)
    assert low >= (1 << 32) - 5  # the high word is read later than that many cycles
    assert high == 4


@pytest.mark.parametrize("first", range(10, SPEC.time_bits, LINKS))
def test_no_bit_of_a_stamp_is_lost_on_the_way_in(first: int, simulate: Simulate) -> None:
    """An event waits for its stamp, whichever bit is set; what is behind it waits, too."""
    stamps = [1 << min(first + k, SPEC.time_bits - 1) for k in range(LINKS)]
    given = stimulus(SPEC, [*range(LINKS)] * 2, [0] * 2 * LINKS, stamps + [0] * LINKS)
    assert run(simulate, routed(*((OUTPUTS + k, BUSES + k) for k in range(LINKS))), 60, given).sent == []


@pytest.mark.parametrize("time", [0x2AAAAAAAA00, 0x55555555500])
def test_no_bit_of_a_stamp_is_lost_on_the_way_out(time: int, simulate: Simulate) -> None:
    """Late in the life of a chip, an event goes through with its time."""
    word = (time + 40) << 16 | 77
    sent = simulate(top_design(SPEC)).call(bench_top.sent_at, SPEC, routed((OUTPUTS, BUSES)), time, word)
    assert sent == (time + 43) << 16 | 77


def test_reads_and_writes_take_turns(simulate: Simulate) -> None:
    """Whoever offers both in every cycle gets as many answers of each."""
    writes, reads = simulate(top_design(SPEC)).call(bench_top.crowded, SPEC, 400)
    assert abs(writes - reads) <= 1
    assert writes >= 400 // 12


@pytest.mark.parametrize("ready", [0.05, 0.5])
def test_streams_take_nothing_back(ready: float, simulate: Simulate) -> None:
    take_nothing_back(SPEC, ready, simulate)
