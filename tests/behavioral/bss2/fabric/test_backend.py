"""Neuron backend: refractory period, clamp, counters, loss and order of spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.backend import clamp_end, refractory_end
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.wiring import neuron_at, neurons
from inloop.behavioral.bss2.spec import chip_spec

SPEC = chip_spec("tiny")
BSS2 = chip_spec("bss2")


def by_counting(cycle: int, time: int, holdoff: int, scale: int) -> tuple[int, int]:
    """Return the first cycles without clamp and at rest, from the counter itself."""
    counter, clamp, now = 255 - time, True, cycle + 1
    rest = now if counter == 255 else -1
    while clamp or rest < 0:
        if counter != 255 and (now + 1) % (1 << scale) == 0:
            counter += 1
        now += 1
        if counter == 255 and rest < 0:
            rest = now
        if clamp and counter in (255, 0xE0 + 2 * holdoff):
            clamp, end = False, now
    return end, rest


@settings(deadline=None)  # the first call compiles
@given(
    cycle=st.integers(0, 300), time=st.integers(0, 255) | st.integers(0, 33), holdoff=st.integers(0, 15),
    scale=st.integers(0, 6),
)  # fmt: skip
def test_ends_in_closed_form(cycle: int, time: int, holdoff: int, scale: int) -> None:
    ends = clamp_end(cycle, time, time - 31 + 2 * holdoff, scale), refractory_end(cycle, time, scale)
    assert ends == by_counting(cycle, time, holdoff, scale)


@pytest.mark.parametrize(("fast", "scale"), [(1, 0), (1, 3), (0, 4), (0, 2)])
@pytest.mark.parametrize("time", [1, 2, 32, 255])
def test_a_neuron_that_always_fires_does_so_once_per_refractory_period(fast: int, scale: int, time: int) -> None:
    config = FabricConfig.default(SPEC).with_section("neurons", refractory_time=time, fast_clock=fast)
    config = config.with_section("clocks", **{"fast_scale" if fast else "slow_scale": scale})
    config = config.with_section("clocks", **{"slow_scale" if fast else "fast_scale": 15})
    cycles = 3 * (time << scale) + 20
    spikes = run_fabric(SPEC, config, stimulus(SPEC), cycles, [(c, 5) for c in range(cycles)]).spikes[:, 0]
    # The first spike comes in the middle of a tick; each later one fires in the cycle after a tick.
    first = (time << scale) if scale else time + 1
    np.testing.assert_array_equal(spikes[1:], first + np.arange(len(spikes) - 1) * ((time << scale) + (scale == 0)))
    assert len(spikes) > 2


def test_halves_have_clocks_of_their_own() -> None:
    config = FabricConfig.default(BSS2).with_section("neurons", refractory_time=1)
    config = config.with_section("clocks", fast_scale=[3, 5])
    left, right = 127, 128
    spikes = run_fabric(
        BSS2, config, stimulus(BSS2), 10, [(0, n) for n in (left, right, 256 + left, 256 + right)]
    ).spikes
    assert dict(spikes[:, [1, 3]].tolist()) == {left: 8, 256 + left: 8, right: 32, 256 + right: 32}


def test_calibrated_refractory_time_of_2_us() -> None:
    """32 ticks of 64 ns (scale 3), the published arithmetic; the clamp ends one tick earlier."""
    assert refractory_end(0, 32, 3) == 32 * 8
    assert clamp_end(0, 32, 32 - 31 + 30, 3) == 31 * 8


@pytest.mark.parametrize(
    ("fires", "count", "overflow"), [(3, 3, False), (255, 255, False), (256, 0, True), (515, 3, True)]
)
def test_the_spike_counter_wraps_and_remembers(fires: int, count: int, overflow: bool) -> None:
    config = FabricConfig.default(SPEC).with_section("neurons", refractory_time=0)
    result = run_fabric(SPEC, config, stimulus(SPEC), 600, [(c, 7) for c in range(fires)])
    assert (result.spike_count[7], result.spike_overflow[7]) == (count, overflow)
    assert result.spike_count.sum() == count
    assert len(result.spikes) == fires
    assert result.entered.sum() == 0  # not enabled


def test_all_neurons_at_once_leave_in_turn(routed: Any) -> None:
    config = routed(BSS2, *((o, 8 + o % 4) for o in range(4)))
    address = np.zeros(neurons(BSS2), np.int64)
    slots = [[neuron_at(BSS2, o, i) for i in range(64)] for o in range(8)]
    address[np.array(slots)] = np.arange(64)
    config = config.with_section("neurons", address=address)
    result = run_fabric(BSS2, config, stimulus(BSS2), 100, [(2, n) for n in range(512)])
    for output in range(4):
        sent = result.sent[result.sent[:, 0] == output]
        np.testing.assert_array_equal(sent[:, 1], 2 + 4 + np.arange(64))
        np.testing.assert_array_equal(sent[:, 2], output << 8 | np.arange(64))
    assert result.lost.sum() == 0


def test_the_pointer_moves_behind_the_one_granted(routed: Any) -> None:
    config = routed(BSS2, (0, 8)).with_section("neurons", address=np.arange(512) % 256)
    fires = [(0, 5), (0, 9), (2, 3), (2, 12), (3, 9)]
    sent = run_fabric(BSS2, config, stimulus(BSS2), 50, fires).sent
    np.testing.assert_array_equal(sent[:, 2], [5, 9, 12, 3, 9])


def test_a_spike_is_lost_if_the_last_one_still_waits(routed: Any) -> None:
    config = routed(SPEC, (0, 8)).with_section("neurons", refractory_time=0)
    same_output = [neuron_at(SPEC, 0, i) for i in range(4)]
    result = run_fabric(SPEC, config, stimulus(SPEC), 30, [(c, n) for c in (0, 1) for n in same_output])
    np.testing.assert_array_equal(result.lost, [3, 0, 0, 0, 0, 0, 0, 0])  # one of four was just granted
    assert len(result.sent) == 5
    assert len(result.spikes) == 8


def test_alone_a_neuron_loses_nothing_at_full_rate(routed: Any) -> None:
    config = routed(SPEC, (0, 8)).with_section("neurons", refractory_time=0)
    result = run_fabric(SPEC, config, stimulus(SPEC), 60, [(c, 0) for c in range(50)])
    assert result.lost.sum() == 0
    assert len(result.sent) == 50


def test_the_lost_counter_saturates() -> None:
    config = FabricConfig.default(BSS2).with_section("neurons", refractory_time=0, enable=1)
    slots = [neuron_at(BSS2, 3, i) for i in range(64)]
    for cycles, lost in ((1041, 1040 * 63), (1042, 65535), (1100, 65535)):
        result = run_fabric(BSS2, config, stimulus(BSS2), cycles, [(c, n) for c in range(cycles) for n in slots])
        assert result.lost[3] == lost
        assert result.lost.sum() == lost
