"""Background generators and their LFSR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.lfsr import leap, leap_table, seeded_state
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec
from inloop.errors import ConfigError
from inloop.rtl.bss2.register_map import config_writes, register_map

SPEC = chip_spec("tiny")
BITS = 32
# Bit i of the state is the coefficient of x^(31 − i), so a shift to the right multiplies by x.
POLYNOMIAL = 1 << BITS | int(f"{SPEC.background_lfsr_mask:032b}"[::-1], 2)
TO_PULSE = 5


def product(a: int, b: int) -> int:
    """Multiply polynomials over GF(2), then divide by the feedback polynomial and keep the rest."""
    result = 0
    for bit in range(BITS):
        result ^= (a << bit) * (b >> bit & 1)
    for bit in reversed(range(BITS, 2 * BITS)):
        if result >> bit & 1:
            result ^= POLYNOMIAL << (bit - BITS)
    return result


def power(exponent: int) -> int:
    """Return x to that power."""
    result, square = 1, 2
    while exponent:
        if exponent & 1:
            result = product(result, square)
        square = product(square, square)
        exponent >>= 1
    return result


def mirrored(state: int) -> int:
    return int(f"{state:032b}"[::-1], 2)


@settings(deadline=None)  # the first call compiles
@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 40))
def test_steps_multiply_by_a_power_of_x(seed: int, steps: int) -> None:
    state = int(leap(seed, leap_table(SPEC.background_lfsr_mask, steps)))
    assert state == mirrored(product(mirrored(seed), power(steps)))


def test_the_period_is_as_long_as_it_can_be() -> None:
    order = 2**BITS - 1
    assert power(order) == 1
    assert np.prod([3, 5, 17, 257, 65537], dtype=object) == order
    assert all(power(order // prime) != 1 for prime in (3, 5, 17, 257, 65537))


def pulses(routed: Callable[..., Any], generator: int, cycles: int, **settings: int) -> np.ndarray:
    """Return cycle and label of the events of a generator, by way of one driver on its bus."""
    config = routed(SPEC, (SPEC.event_outputs + SPEC.link_channels + generator, generator))
    config = config.with_section("drivers", compare_mask=0)
    values = {k: [v if g == generator else 0 for g in range(8)] for k, v in {"enable": 1, **settings}.items()}
    result = run_fabric(SPEC, config.with_section("background", **values), stimulus(SPEC), cycles)
    driver = (generator // SPEC.padi_buses) * SPEC.drivers + generator % SPEC.padi_buses
    assert set(result.pulses[:, 1]) <= {driver, driver + SPEC.padi_buses}
    return result.pulses[result.pulses[:, 1] == driver][:, [0, 4]]


@pytest.mark.parametrize("generator", [0, 3, 6])
@pytest.mark.parametrize("period", [0, 1, 2, 3, 4, 7, 100, 101, 65535])
def test_regular_events_have_the_period_exactly_in_the_mean(routed: Any, generator: int, period: int) -> None:
    cycles = 100_000
    at = pulses(routed, generator, cycles, period=period, label=21)
    counts = max(period, 2)
    ticks = [-(-k * counts // 2) - 1 for k in range(1, 2 * cycles // counts + 1)]
    np.testing.assert_array_equal(at[:, 0], [c + TO_PULSE for c in ticks if c + TO_PULSE <= cycles])
    np.testing.assert_array_equal(at[:, 1], 21)


def test_odd_periods_alternate(routed: Any) -> None:
    np.testing.assert_array_equal(pulses(routed, 0, 14, period=5)[:, 0] - TO_PULSE, [2, 4, 7, 9])


def test_two_draws_by_hand(routed: Any) -> None:
    first = mirrored(product(mirrored(0xDEADBEEF), power(16)))
    second = mirrored(product(mirrored(first), power(16)))
    at = pulses(routed, 1, 9, period=4, random=1, state=0xDEADBEEF, rate=255, mask=0b110011, label=0b001100)
    expected = [(1 + TO_PULSE, first), (3 + TO_PULSE, second)]
    np.testing.assert_array_equal(at, [(c, 0b001100 | s >> 8 & 0b110011) for c, s in expected])


def test_a_state_of_0_is_1(routed: Any) -> None:
    settings = {"period": 2, "random": 1, "rate": 60, "mask": 63}
    np.testing.assert_array_equal(
        pulses(routed, 2, 500, state=0, **settings), pulses(routed, 2, 500, state=1, **settings)
    )


def drawn(routed: Any, config: Callable[[FabricConfig], FabricConfig], rate: int, cycles: int = 20_000) -> Any:
    """Return which of generators 1 to 3 fire, and with which labels: (cycles, 3), −1 for none; a draw per cycle."""
    first = SPEC.event_outputs + SPEC.link_channels
    settings = {"enable": 1, "random": 1, "period": 2, "rate": rate, "mask": 63}
    chosen = config(routed(SPEC, *((first + g, g) for g in (1, 2, 3))).with_section("background", **settings))
    found = run_fabric(SPEC, chosen.with_section("drivers", compare_mask=0), stimulus(SPEC), cycles + TO_PULSE).pulses
    labels = np.full((cycles, 3), -1)
    for g in (1, 2, 3):
        mine = found[(found[:, 1] == g) & (found[:, 0] < cycles + TO_PULSE)]
        labels[mine[:, 0] - TO_PULSE, g - 1] = mine[:, 4]
    return labels


def raw(config: FabricConfig) -> FabricConfig:
    return config.with_section("background", state=np.arange(SPEC.background_sources))


def seeded(config: FabricConfig) -> FabricConfig:
    return config.seeded(SPEC, np.arange(SPEC.background_sources))


def test_streams_of_states_1_2_3_depend_on_each_other(routed: Any) -> None:
    """What seeds are for: the third is the XOR of the others, in its labels and in when it fires."""
    one, two, three = drawn(routed, raw, 255).T
    np.testing.assert_array_equal(one ^ two, three)
    assert (drawn(routed, raw, 127) >= 0).sum(axis=1).tolist().count(2) == 0


def test_streams_of_seeds_1_2_3_do_not(routed: Any) -> None:
    one, two, three = drawn(routed, seeded, 255).T
    assert (one ^ two == three).mean() == pytest.approx(1 / 64, abs=0.004)
    fires = (drawn(routed, seeded, 127) >= 0) * 2 - 1
    limit = 5 / np.sqrt(len(fires))
    assert abs(fires.prod(axis=1).mean()) < limit
    for a, b in ((0, 1), (0, 2), (1, 2)):
        for lag in range(50):
            assert abs((fires[lag:, a] * fires[: len(fires) - lag, b]).mean()) < limit
            assert abs((fires[lag:, b] * fires[: len(fires) - lag, a]).mean()) < limit


def test_seeds_become_the_registers_that_a_host_writes() -> None:
    config = seeded(FabricConfig.default(SPEC))
    written = dict(config_writes(SPEC, config, FabricConfig.default(SPEC)))
    place = register_map(SPEC).bank("background").field("state").word
    at = [register_map(SPEC).address("background", g, place) for g in range(SPEC.background_sources)]
    assert [written[address] for address in at] == config.background.state.tolist()
    assert len(set(written.values())) == SPEC.background_sources
    assert config.background.state.tolist() == [seeded_state(SPEC, g) for g in range(SPEC.background_sources)]


def test_a_seed_is_no_register() -> None:
    with pytest.raises(ConfigError, match="'background' of a configuration has no field 'seed'; its fields: enable"):
        FabricConfig.default(SPEC).with_section("background", seed=1)


@pytest.mark.parametrize("rate", [0, 1, 30, 127, 254, 255])
def test_rate_and_labels_are_uniform(routed: Any, rate: int) -> None:
    draws = 40_000
    at = pulses(routed, 5, draws + TO_PULSE - 1, period=2, random=1, state=77, rate=rate, mask=31)
    share = (rate + 1) / 256
    assert len(at) == pytest.approx(draws * share, abs=4 * np.sqrt(draws * share * (1 - share)) + 1e-9)
    if rate >= 30:
        labels = np.bincount(at[:, 1], minlength=32)
        assert len(labels) == 32
        assert abs(labels - len(at) / 32).max() < 5 * np.sqrt(len(at) / 32)


def test_a_generator_that_hardly_ever_fires_is_bridged(routed: Any) -> None:
    """Longer gaps than the twin looks ahead at once."""
    at = pulses(routed, 0, 200_000, period=2, random=1, state=5, rate=0)
    assert np.diff(at[:, 0]).max() > 500


def test_off(routed: Any) -> None:
    assert len(pulses(routed, 0, 1000, period=2, enable=0)) == 0
