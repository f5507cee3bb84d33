"""The twin as a whole: latencies, conservation of events, idle stretches, errors."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric import wiring
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.result import FabricResult
from inloop.behavioral.bss2.fabric.run import ROOM, run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.digital.counters import overflowed, saturated, wrapped
from inloop.errors import ConfigError, SpikeError

from tests.behavioral.bss2.fabric.storms import random_run

SPEC = chip_spec("tiny")
RANDOM = settings(deadline=None, max_examples=40)


def equal(a: FabricResult, b: FabricResult) -> None:
    for field in fields(FabricResult):
        np.testing.assert_array_equal(getattr(a, field.name), getattr(b, field.name), err_msg=field.name)


def test_latencies(routed: Any) -> None:
    """A stamp acts 5 cycles later, a spike 6, a background tick 5, a software strobe 2; the host hears after 3, 4."""
    config = routed(SPEC, (8, 0), (8, 8), (0, 0), (12, 0)).with_section("drivers", compare_mask=0)
    assert set(run_fabric(SPEC, config, stimulus(SPEC, [0], [1], [20]), 60).pulses[:, 0]) == {25}
    assert run_fabric(SPEC, config, stimulus(SPEC, [0], [1], [20]), 60).sent.tolist() == [[0, 23, 1, 24]]
    assert set(run_fabric(SPEC, config, stimulus(SPEC), 60, [(20, 0)]).pulses[:, 0]) == {26}
    ticking = config.with_section("background", enable=np.arange(8) == 0, period=42)
    assert set(run_fabric(SPEC, ticking, stimulus(SPEC), 40).pulses[:, 0]) == {25}
    closed = config.with_section("buses", enable_spl1=0)
    assert set(run_fabric(SPEC, closed, stimulus(SPEC, software=[(20, 0, 1, 0, 0)]), 60).pulses[:, 0]) == {22}


def test_cadc_trigger() -> None:
    for period, first in ((208, 208), (1, 1), (0, 1)):
        config = FabricConfig.default(SPEC).with_section("cadc", enable=1, period=period)
        result = run_fabric(SPEC, config, stimulus(SPEC), 1000)
        np.testing.assert_array_equal(result.cadc_triggers, np.arange(first, 1001, first))
        assert result.cadc_samples == 1000 // first
    assert run_fabric(SPEC, FabricConfig.default(SPEC), stimulus(SPEC), 1000).cadc_samples == 0


@RANDOM
@given(seed=st.integers(0, 2**32 - 1), events=st.integers(0, 300), rate=st.floats(0, 8))
def test_stepping_each_cycle_and_repeating_change_nothing(seed: int, events: int, rate: float) -> None:
    config, given_, fires = random_run(SPEC, seed, 250, events, rate)
    result = run_fabric(SPEC, config, given_, 250, fires)
    equal(result, run_fabric(SPEC, config, given_, 250, fires, every_cycle=True))
    equal(result, run_fabric(SPEC, config, given_, 250, fires))


@RANDOM
@given(seed=st.integers(0, 2**32 - 1), events=st.integers(0, 600), rate=st.floats(0, 12), cycles=st.integers(1, 400))
def test_no_event_appears_or_vanishes(seed: int, events: int, rate: float, cycles: int) -> None:
    config, given_, fires = random_run(SPEC, seed, cycles, events, rate)
    result = run_fabric(SPEC, config, given_, cycles, fires)
    source, target = np.array(wiring.crossbar_nodes(SPEC)).T
    outputs, first_link = wiring.crossbar_outputs(SPEC), SPEC.event_outputs
    by_output = [np.bincount(target, x, outputs) for x in (result.matched, result.dropped, result.queued)]
    np.testing.assert_array_equal(by_output[0], by_output[1] + result.granted + by_output[2])
    assert (result.matched <= result.entered[source]).all()
    # Links: what was released at least one cycle ago has entered the crossbar, and nothing else.
    for k in range(SPEC.link_channels):
        assert result.entered[first_link + k] == (result.released[given_.channel == k] < cycles - 1).sum()
    assert (result.late <= result.released.size).all()
    # Neurons: accepted spikes of enabled ones are lost, have entered, or wait.
    output, _ = wiring.event_output(SPEC, result.spikes[:, 1])
    enabled = config.neurons.enable[result.spikes[:, 1]] == 1
    waiting = np.bincount(output[enabled], minlength=first_link) - result.lost - result.entered[:first_link]
    assert (waiting >= 0).all()
    assert (waiting <= wiring.neurons(SPEC) // SPEC.event_outputs + 1).all()
    # Buses and links out: what was granted is a pulse of each driver that matches, or was sent, or is on its way.
    channel_sent = np.bincount(result.sent[:, 0], minlength=SPEC.link_channels)
    inside = result.granted[wiring.buses(SPEC) :] - channel_sent
    assert (inside >= 0).all()
    assert (inside <= SPEC.link_out_depth).all()
    matched = result.matched.sum()
    assert matched == result.dropped.sum() + result.queued.sum() + result.granted.sum()


def test_pulses_come_from_grants_of_open_buses() -> None:
    config, given_, fires = random_run(SPEC, 3, 300, 400, 5.0)
    config = config.with_section("buses", enable_spl1=1).with_section("drivers", receiver=1, compare_mask=0)
    result = run_fabric(SPEC, config, given_, 300, fires)
    per_bus = np.bincount(result.pulses[:, 1] // SPEC.drivers * 4 + result.pulses[:, 1] % 4) / (SPEC.drivers // 4)
    on_the_way = result.granted[:8] - per_bus
    assert (on_the_way >= 0).all()
    assert (on_the_way <= 2).all()
    assert per_bus.min() > 10


def test_an_idle_run_of_an_hour_costs_nothing() -> None:
    hour = 3600 * 125_000_000
    config = FabricConfig.default(SPEC).with_section("drivers", receiver=1).with_section("buses", enable_spl1=1)
    result = run_fabric(SPEC, config, stimulus(SPEC, [0, 0], [1, 2], [5, hour - 20]), hour, [(hour - 30, 0)])
    assert result.pulses[0, 0] == 10
    assert result.pulses[-1, 0] == hour - 15
    assert result.spikes[0, 0] == hour - 30


def test_more_pulses_than_are_put_aside_at_once(routed: Any) -> None:
    config = routed(SPEC, (8, 0), (8, 8)).with_section("drivers", compare_mask=0)
    stamp = np.arange(2 * ROOM + 7)
    result = run_fabric(SPEC, config, stimulus(SPEC, 0 * stamp, stamp % 64, stamp), len(stamp) + 10)
    np.testing.assert_array_equal(result.pulses[::2, 0], stamp + 5)
    np.testing.assert_array_equal(result.pulses[1::2, 4], stamp % 64)
    np.testing.assert_array_equal(result.sent[:, 3], stamp + 4)


def test_fires_may_come_in_any_order_and_twice() -> None:
    config, given_, fires = random_run(SPEC, 8, 200, 50, 3.0)
    shuffled = np.concatenate([fires, fires[::3]])[np.random.default_rng(0).permutation(len(fires) + len(fires[::3]))]
    one, other = (run_fabric(SPEC, config, given_, 200, f) for f in (fires, shuffled))
    np.testing.assert_array_equal(one.pulses, other.pulses)
    np.testing.assert_array_equal(one.spike_count, other.spike_count)


@pytest.mark.parametrize(
    ("cycles", "fires", "kind", "message"),
    [
        (-1, [], ConfigError, "cycles = -1 must be 0 or more"),
        (10, [(10, 0)], SpikeError, r"cycle 10 of fire 0 is outside 0\.\.9"),
        (10, [(3, 0), (3, 32)], SpikeError, r"neuron 32 of fire 1 is outside 0\.\.31"),
        (10, [(3, -1)], SpikeError, r"neuron -1 of fire 0 is outside 0\.\.31"),
    ],
)
def test_what_cannot_be_run(cycles: int, fires: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        run_fabric(SPEC, FabricConfig.default(SPEC), stimulus(SPEC), cycles, fires)


def test_a_configuration_is_checked() -> None:
    with pytest.raises(ConfigError, match=r"neurons.address\[0\] = 256 must be 0 to 255"):
        run_fabric(SPEC, FabricConfig.default(SPEC).with_section("neurons", address=256), stimulus(SPEC), 1)


def test_how_counters_end() -> None:
    total = np.array([0, 7, 8, 9, 17])
    np.testing.assert_array_equal(saturated(total, 3), [0, 7, 7, 7, 7])
    np.testing.assert_array_equal(wrapped(total, 3), [0, 7, 0, 1, 1])
    np.testing.assert_array_equal(overflowed(total, 3), [False, False, True, True, True])
