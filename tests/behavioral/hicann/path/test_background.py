"""Background generators: events by the orbit of the shift register equal those of the register stepped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.compiled import kernel
from inloop.behavioral.fabric.ticks import NEVER
from inloop.behavioral.hicann.path.background import background_constants, event_cycle, orbit
from inloop.behavioral.hicann.path.config import HicannConfig
from inloop.behavioral.hicann.spec import hicann_spec

SPEC = hicann_spec("bss1-tiny")
CYCLES = 70_000  # more than once around the orbit


@kernel
def events(constants, generator, cycles):  # type: ignore[no-untyped-def]
    found, number = [0], 0
    while event_cycle(constants, generator, number) < cycles:
        found.append(event_cycle(constants, generator, number))
        number += 1
    return np.array(found[1:], np.int64)


def constants(seed: int = 0, **settings_: Any) -> Any:
    config = HicannConfig.default(SPEC).with_section("background", **{"enable": 1, **settings_})
    return background_constants(SPEC, config.with_section("seeds", seed=seed))


def stepped(period: int, seed: int, cycles: int) -> list[int]:
    """Return the events of the register that is stepped, as the rule says it."""
    state, armed, found = seed or 1, False, []
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
    seed=st.sampled_from([0, 1, 2, 0x7FFF, 0x8000, 0xACE1, 0xFFFF]),
)
def test_random_events(period: int, seed: int) -> None:
    made = constants(random=1, period=period, seed=seed)
    assert events(made, 3, CYCLES).tolist() == stepped(period, seed, CYCLES)


@pytest.mark.parametrize("seed", [0x4000, 0x7FFF])
def test_a_rise_in_the_first_step_is_no_event(seed: int) -> None:
    made = constants(random=1, period=seed, seed=seed)
    assert stepped(seed, seed, 1) == []
    assert events(made, 0, 200_000).tolist() == stepped(seed, seed, 200_000)


@pytest.mark.parametrize("period", [0, 1, 7, 0xFFFF])
def test_regular_events(period: int) -> None:
    found = events(constants(period=period), 0, 300_000)
    assert found.tolist() == list(range(period, 300_000, period + 1))


def test_a_generator_at_rest_has_none() -> None:
    assert events(constants(enable=0), 0, NEVER).tolist() == []
    assert events(constants(random=1, period=0xFFFF), 0, NEVER).tolist() == []  # nothing is above the period


def test_the_rate_falls_with_the_period() -> None:
    rates = [len(events(constants(random=1, period=p, seed=7), 0, CYCLES)) for p in (40_000, 50_000, 60_000, 65_000)]
    assert rates == sorted(rates, reverse=True)
    assert rates[0] > 4 * rates[-1] > 0
