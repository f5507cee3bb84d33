"""Background generators: events by the orbit of the shift register equal those of the register stepped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.background import background_constants, event_cycle
from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.lfsr import orbit, seeded_state
from inloop.behavioral.bss1.fabric.wiring import ENCODERS
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.behavioral.digital.ticks import NEVER
from inloop.behavioral.numerics.compiled import kernel
from inloop.rtl.bss1.register_map import config_writes

SPEC = bss1_spec("bss1-tiny")
CYCLES = 70_000  # more than once around the orbit


@kernel
def events(constants, generator, cycles):  # type: ignore[no-untyped-def]
    found, number = [0], 0
    while event_cycle(constants, generator, number) < cycles:
        found.append(event_cycle(constants, generator, number))
        number += 1
    return np.array(found[1:], np.int64)


def constants(start: int = 0, **settings_: Any) -> Any:
    config = FabricConfig.default(SPEC).with_section("background", **{"enable": 1, **settings_})
    return background_constants(SPEC, config.with_section("shift_registers", state=start))


def stepped(period: int, start: int, cycles: int) -> list[int]:
    """Return the events of the register that is stepped, as the rule says it."""
    state, armed, found = start or 1, False, []
    for cycle in range(cycles):
        bit = (state >> 15 ^ state >> 13 ^ state >> 12 ^ state >> 10) & 1
        state = (state << 1 | bit) & 0xFFFF
        if state > period:
            if armed:
                found.append(cycle)
            armed = False
        else:
            armed = True
    return found


def test_the_orbit_holds_all_states_but_zero() -> None:
    assert sorted(orbit(SPEC, 0xACE1)) == list(range(1, 1 << 16))


@settings(deadline=None, max_examples=20)
@given(
    period=st.one_of(st.integers(0, 0xFFFF), st.sampled_from([0, 1, 0xFFFE, 0xFFFF])),
    start=st.sampled_from([0, 1, 2, 0x7FFF, 0x8000, 0xACE1, 0xFFFF]),
)
def test_random_events(period: int, start: int) -> None:
    made = constants(random=1, period=period, start=start)
    assert events(made, 3, CYCLES).tolist() == stepped(period, start, CYCLES)


@pytest.mark.parametrize("start", [0x4000, 0x7FFF])
def test_a_rise_in_the_first_step_is_no_event(start: int) -> None:
    made = constants(random=1, period=start, start=start)
    assert stepped(start, start, 1) == []
    assert events(made, 0, 200_000).tolist() == stepped(start, start, 200_000)


@pytest.mark.parametrize("period", [0, 1, 7, 0xFFFF])
def test_regular_events(period: int) -> None:
    found = events(constants(period=period), 0, 300_000)
    assert found.tolist() == list(range(period, 300_000, period + 1))


def test_a_generator_at_rest_has_none() -> None:
    assert events(constants(enable=0), 0, NEVER).tolist() == []
    assert events(constants(random=1, period=0xFFFF), 0, NEVER).tolist() == []  # nothing is above the period


def test_the_rate_falls_with_the_period() -> None:
    rates = [len(events(constants(random=1, period=p, start=7), 0, CYCLES)) for p in (40_000, 50_000, 60_000, 65_000)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 4 * rates[-1] > 0


def streams(config: FabricConfig, cycles: int) -> np.ndarray:
    """Return which of the generators fire, at random in a quarter of all cycles: (cycles, generators)."""
    half = (1 << SPEC.period_bits - 1) - 1
    made = background_constants(SPEC, config.with_section("background", enable=1, random=1, period=half))
    fired = np.zeros((cycles, ENCODERS), bool)
    for g in range(ENCODERS):
        fired[events(made, g, cycles), g] = True
    return fired


def largest_overlap(fired: np.ndarray, lags: int) -> float:
    """Return the largest share of events of one generator that another one has, too, some cycles later."""
    pairs = [(a, b) for a in range(1, ENCODERS) for b in range(1, ENCODERS) if a != b]
    stop = len(fired) - lags
    return max(
        float((fired[:stop, a] & fired[lag : lag + stop, b]).sum() / fired[:stop, a].sum())
        for a, b in pairs
        for lag in range(lags)
    )


def test_states_1_2_3_give_streams_that_depend_on_each_other() -> None:
    """What seeds are for: one is the copy of another a cycle later, and three never fire together."""
    fired = streams(FabricConfig.default(SPEC).with_section("shift_registers", state=range(ENCODERS)), 5000)
    assert largest_overlap(fired, 10) > 0.99
    assert not fired[:, [1, 2, 3]].all(axis=1).any()


def test_seeds_1_2_3_do_not() -> None:
    """For 5,000 cycles; the orbit is 65,535 long, and eight generators on it are at least a twelfth of it apart."""
    fired = streams(FabricConfig.default(SPEC).seeded(SPEC, range(ENCODERS)), 5000)
    assert largest_overlap(fired, 200) < 0.25 + 0.07
    assert fired[:, [1, 2, 3]].all(axis=1).mean() == pytest.approx(1 / 64, abs=0.008)


def test_seeds_become_the_registers_that_a_host_writes() -> None:
    default = FabricConfig.default(SPEC)
    config = default.seeded(SPEC, range(ENCODERS))
    assert [value for _, value in config_writes(SPEC, config, default)] == config.shift_registers.state.tolist()
    assert config.shift_registers.state.tolist() == [seeded_state(SPEC, seed) for seed in range(ENCODERS)]
