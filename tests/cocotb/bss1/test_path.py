"""The whole path of a HICANN against its twin, cycle by cycle, under random configurations and spike storms."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.result import EVENT_BITS, LOSS_BITS
from inloop.behavioral.bss1.fabric.run import run_fabric
from inloop.behavioral.bss1.fabric.stimulus import stimulus
from inloop.behavioral.bss1.fabric.wiring import ENCODERS
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec

from tests.behavioral.bss1.fabric.storms import TINY, storm
from tests.cocotb.bss1 import bench_path
from tests.cocotb.bss1.agreement import disagreements
from tests.cocotb.bss1.session import COUNTERS
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design
from tests.cocotb.streams import take_nothing_back

SHOWN = 12  # differences in a message


def agree(spec: Bss1Spec, seeds: Iterable[int], simulate: Simulate, cycles: int = 200) -> None:
    """Play the storms of some seeds; fail with the differences."""
    simulation = simulate(top_design(spec))
    for seed in seeds:
        case = storm(spec, seed, cycles)
        given = case.stimulus(spec)
        record = simulation.call(bench_path.run, spec, case.config, given, case.cycles, case.fires)
        found = disagreements(spec, case.config, given, case.fires, record)
        if found:
            pytest.fail("\n".join([f"storm({spec.name!r}, seed={seed})", *found[:SHOWN]]))


def test_storms(simulate: Simulate) -> None:
    agree(TINY, range(6), simulate)


def test_storms_while_stamps_wrap(simulate: Simulate) -> None:
    agree(TINY, range(30, 32), simulate, cycles=(2 << TINY.stamp_bits) + 200)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_storms(simulate: Simulate) -> None:
    agree(TINY, range(1000, 1300), simulate)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_storms_on_bss1(simulate: Simulate) -> None:
    agree(bss1_spec("bss1"), range(10), simulate)


def test_clear_separates_samples(simulate: Simulate) -> None:
    """What is left of one sample does not reach the next one, nor its counters."""
    cases = [storm(TINY, seed) for seed in (3, 11, 3)]
    config = cases[0].config
    runs = [(case.stimulus(TINY), case.cycles, case.fires) for case in cases]
    records = simulate(top_design(TINY)).call(bench_path.samples, TINY, config, runs)
    for record, (given, _, fires) in zip(records, runs, strict=True):
        assert disagreements(TINY, config, given, fires, record) == []


@pytest.mark.parametrize("after", [30, 777])
def test_reset_in_the_middle(after: int, simulate: Simulate) -> None:
    """After a reset nothing is left of configuration and state."""
    first, second = storm(TINY, 5), storm(TINY, 6)
    arguments = [(TINY, case.config, case.stimulus(TINY), case.cycles, case.fires) for case in (first, second)]
    record = simulate(top_design(TINY)).call(bench_path.interrupted, arguments[0], after, arguments[1])
    assert disagreements(TINY, second.config, second.stimulus(TINY), second.fires, record) == []


def test_counters_end(simulate: Simulate) -> None:
    """Counters of losses stop at their largest value, those of events begin anew; storms that reach all of them."""
    reached = set()
    for seed in (1, 4, 10):
        case = storm(TINY, seed)
        given, cycles, fires = case.stimulus(TINY), case.cycles, case.fires
        record = simulate(top_design(TINY)).call(bench_path.near_the_end, TINY, case.config, given, cycles, fires)
        for name, entity, cycle, word in record.counters:
            twin = run_fabric(TINY, case.config, given, cycle, [fire for fire in fires if fire[0] < cycle])
            count = int(twin.registers()[name][entity])
            loss = name != "line_events"
            expected = (
                min((1 << LOSS_BITS) - 2 + count, (1 << LOSS_BITS) - 1) if loss else (count - 1) % (1 << EVENT_BITS)
            )
            assert word == expected, f"{name}[{entity}] with {count} more, seed {seed}"
            if count > 1:
                reached.add(name)
    assert reached == set(COUNTERS)


def test_all_channels_send_more_than_the_host_takes(simulate: Simulate) -> None:
    rng, number = np.random.default_rng(1), np.arange(ENCODERS)
    config = FabricConfig.default(TINY).sharing(1).with_section("channels", enable=1)
    config = config.with_section("background", enable=1, period=number + 5, address=61 - 3 * number)
    config = config.with_section("neurons", enable=1, address=rng.integers(0, TINY.line_addresses, TINY.circuits))
    fires = [tuple(row) for row in np.argwhere(rng.random((200, TINY.circuits)) < 0.05).tolist()]
    given = stimulus(TINY)
    record = simulate(top_design(TINY)).call(bench_path.run, TINY, config, given, 200, fires)
    assert disagreements(TINY, config, given, fires, record) == []
    assert {word >> TINY.stamp_bits + TINY.address_bits for word, _ in record.sent} == set(range(ENCODERS))
    assert run_fabric(TINY, config, given, 200, fires).losses["out_lost"].min() > 0


def test_generators_with_long_periods(simulate: Simulate) -> None:
    """Each with a period of its own, up to one that needs all bits of the counter."""
    period = (1 << TINY.period_bits - 1 >> np.arange(ENCODERS)) + np.arange(ENCODERS)
    config = FabricConfig.default(TINY).sharing(1).with_section("lines", enable=1)
    config = config.with_section("background", enable=1, period=period)
    given, cycles = stimulus(TINY), int(period.max()) + 20
    simulation = simulate(top_design(TINY))
    if simulation.simulator == "icarus":
        pytest.skip("too slow on Icarus")
    record = simulation.call(bench_path.run, TINY, config, given, cycles, ())
    assert disagreements(TINY, config, given, (), record) == []
    counts = np.bincount([line for _, line, _ in record.lines], minlength=ENCODERS)
    assert (counts[::-1] >= (cycles - 20) // (period + 1)).all()


def test_nothing_is_released_before_the_run(simulate: Simulate) -> None:
    """Words whose low stamp bits are those of time 0 wait for cycle 0."""
    config = FabricConfig.default(TINY).with_section("channels", enable=1, to_chip=1)
    config = config.with_section("mergers", select=1).with_section("lines", enable=1)
    config = config.with_section("drivers", enable=1, line=np.arange(TINY.sides * TINY.drivers) % ENCODERS)
    given = stimulus(TINY, [(-12 + k, k, k, 1 << TINY.compare_bits) for k in range(ENCODERS)])
    record = simulate(top_design(TINY)).call(bench_path.run, TINY, config, given, 40, ())
    assert disagreements(TINY, config, given, (), record) == []
    assert len(run_fabric(TINY, config, given, 40).pulses) == ENCODERS


@pytest.mark.parametrize("ready", [0.05, 0.5])
def test_streams_take_nothing_back(ready: float, simulate: Simulate) -> None:
    take_nothing_back(TINY, ready, simulate)
