"""The twin in lock-step: fires of a cycle in, pulses of the next cycle out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric import wiring
from inloop.behavioral.bss2.fabric.advance import (
    _moment,
    _next_source,
    advance,
    clamped,
    fire,
    next_activity,
    step,
)
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.log import PULSES, SENT, SPIKES, new_log
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.state import clear, fabric_constants, fabric_state
from inloop.behavioral.bss2.fabric.stimulus import stimulus, traffic
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.numerics.compiled import borrowing

from tests.behavioral.bss2.fabric.storms import random_run

SPEC = chip_spec("tiny")


@borrowing
def loop(constants, events, state, cycles, fires, fired, log, pulses, skip):  # type: ignore[no-untyped-def]
    """Step with the given fires; all pulses of a step must be visible in the cycle behind it. Return their number."""
    cycle, position, total = 0, 0, 0
    while cycle < cycles:
        count = 0
        while position < fires.shape[0] and fires[position, 0] == cycle:
            fired[count] = fires[position, 1]
            count += 1
            position += 1
        new = step(constants, events, state, cycle, fired, count, log)
        if new < 0:
            return -1
        for p in range(new):
            if log.pulses[p, 0] != cycle + 1:
                return -2
            for column in range(6):
                pulses[total, column] = log.pulses[p, column]
            total += 1
        cycle += 1
        if skip:
            following = next_activity(state)
            if position < fires.shape[0]:
                following = min(following, fires[position, 0])
            cycle = min(max(cycle, following), cycles)
    log.count[PULSES] = 0
    advance(constants, events, state, cycles - 1, log)
    return total


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), events=st.integers(0, 200), rate=st.floats(0, 6), skip=st.booleans())
def test_lock_step_equals_the_open_loop(seed: int, events: int, rate: float, skip: bool) -> None:
    config, given_, fires = random_run(SPEC, seed, 200, events, rate)
    constants, inputs, state = fabric_constants(SPEC, config), traffic(SPEC, given_), fabric_state(SPEC)
    log, pulses = new_log(SPEC, 0, 4000, 20_000), np.empty((20_000, 6), np.int64)
    expected = run_fabric(SPEC, config, given_, 200, fires)
    for _ in range(2):  # the second time after clear
        clear(constants, inputs, state)
        log.count[:] = 0
        total = loop(constants, inputs, state, 200, fires, np.empty(32, np.int64), log, pulses, skip)
        assert total == len(expected.pulses)
        seen = pulses[:total]
        np.testing.assert_array_equal(seen[np.lexsort((seen[:, 1], seen[:, 0]))], expected.pulses)
        np.testing.assert_array_equal(log.spikes[: log.count[SPIKES]], expected.spikes)
        sent = log.sent[: log.count[SENT]]
        sent = sent[sent[:, 3] < 200]
        np.testing.assert_array_equal(sent[np.argsort(sent[:, 0], kind="stable")], expected.sent)


def test_a_recurrent_loop_is_closed_cycle_by_cycle(routed: Any) -> None:
    """Each pulse of driver 0 lets neuron 0 fire at once: one event goes round in 6 cycles until the end."""
    config = routed(SPEC, (8, 0), (0, 0)).with_section("drivers", compare_mask=[15] * 16, exc_top=1)
    given_ = stimulus(SPEC, [0], [3], [7])
    constants, inputs, state, log = (
        fabric_constants(SPEC, config), traffic(SPEC, given_), fabric_state(SPEC), new_log(SPEC, 0, 100, 100)
    )  # fmt: skip
    clear(constants, inputs, state)
    fired, count, times = np.zeros(1, np.int64), 0, []
    for cycle in range(100):
        new = step(constants, inputs, state, cycle, fired, count, log)
        count = int(new > 0)
        assert clamped(state, 0, cycle + 1) == (cycle in times)
        times += [cycle + 1] * count
    assert times == list(range(12, 101, 6))
    assert run_fabric(SPEC, config, given_, 100, [(c, 0) for c in times if c < 100]).pulses[:, 0].tolist() == times


def test_idle_cycles_can_be_left_out() -> None:
    config = fabric_constants(SPEC, _open())
    inputs, state = traffic(SPEC, stimulus(SPEC, [0], [0], [5000])), fabric_state(SPEC)
    log = new_log(SPEC, 0, 10, 10)
    clear(config, inputs, state)
    none = np.empty(0, np.int64)
    assert step(config, inputs, state, 0, none, 0, log) == 0
    assert next_activity(state) == 5004
    assert step(config, inputs, state, 5004, none, 0, log) > 0
    assert log.pulses[0, 0] == 5005
    assert next_activity(state) > 10**15


def test_a_log_that_is_too_small_is_told() -> None:
    config = fabric_constants(SPEC, _open())
    stamp = np.arange(200)
    inputs, state = traffic(SPEC, stimulus(SPEC, 0 * stamp, stamp, stamp)), fabric_state(SPEC)
    log, none = new_log(SPEC, 0, 10, 0), np.empty(0, np.int64)
    clear(config, inputs, state)
    answers = [step(config, inputs, state, cycle, none, 0, log) for cycle in range(100)]
    assert -1 in answers
    assert log.count[SENT] <= len(log.sent)
    assert step(config, inputs, state, 100, np.zeros(1, np.int64), 1, new_log(SPEC)) == -1  # no room for a spike


def _open() -> Any:
    return FabricConfig.default(SPEC).with_section("drivers", receiver=1).with_section("buses", enable_spl1=1)


@pytest.mark.parametrize("chip", ["tiny", "bss2"])
def test_the_margin_covers_the_busiest_moment(chip: str) -> None:
    """A burst fills all nodes; in the first moment after a pause, all outputs catch up, and all drivers listen."""
    spec, pause, bursts = chip_spec(chip), 64, 3
    config = FabricConfig.default(spec).with_section("nodes", mask=0, target=0).with_section("neurons", enable=1)
    config = config.with_section("drivers", receiver=1, compare_mask=0).with_section("buses", enable_spl1=1)
    config = config.with_section("background", enable=1, period=pause * spec.background_ticks_per_cycle)
    channel, burst = np.divmod(np.arange(spec.link_channels * bursts), bursts)
    given_ = stimulus(spec, channel, 0 * channel, (1 + burst) * pause - 1)  # with the generators
    constants, inputs, state = fabric_constants(spec, config), traffic(spec, given_), fabric_state(spec)
    log, worst = new_log(spec, 10_000, 10_000, wiring.neurons(spec)), np.zeros(2, np.int64)
    clear(constants, inputs, state)
    for neuron in (wiring.neuron_at(spec, output, 0) for output in range(spec.event_outputs)):
        fire(constants, state, _next_source(inputs, state) - 1, neuron, log)
    while (cycle := _next_source(inputs, state)) < (1 + bursts) * pause:
        before = log.count[: len(worst)].copy()
        _moment(constants, inputs, state, cycle, cycle + pause, log)
        worst = np.maximum(worst, log.count[: len(worst)] - before)
    to_buses = sum(node.target < wiring.buses(spec) for node in wiring.crossbar_nodes(spec))
    to_links = len(wiring.crossbar_nodes(spec)) - to_buses
    assert worst.tolist() == [to_buses * spec.drivers // spec.padi_buses, to_links]
    assert (worst <= log.margin).all()
    assert len(new_log(spec).pulses) >= spec.hemispheres * spec.drivers + worst[PULSES]
