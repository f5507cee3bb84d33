"""PADI buses and synapse drivers: row compare, rows, labels, short-term plasticity."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.fabric.stp import amplitude, recover, use
from inloop.behavioral.bss2.spec import chip_spec

SPEC, BSS2 = chip_spec("tiny"), chip_spec("bss2")
TO_PULSE = 2


def software(spec: Any, config: FabricConfig, rows: Any, cycles: int = 100) -> np.ndarray:
    return run_fabric(spec, config, stimulus(spec, software=rows), cycles).pulses


def receivers(spec: Any, **fields: Any) -> FabricConfig:
    return FabricConfig.default(spec).with_section("drivers", receiver=1, exc_bottom=1, **fields)


def test_row_compare_is_complete() -> None:
    """32 indices, 32 masks, 32 row selects, on each of the eight buses."""
    events = [(2 * row, h, 0b1111, row, 0) for row in range(32) for h in (0, 1)]
    index = np.arange(128) // 4
    for mask in range(32):
        pulses = software(BSS2, receivers(BSS2, compare_mask=mask), events)
        taken = np.zeros((32, 256), bool)
        taken[(pulses[:, 0] - TO_PULSE) // 2, pulses[:, 1]] = True
        assert len(pulses) == taken.sum()
        expected = np.array([[i & mask == row & mask for i in index] for row in range(32)])
        np.testing.assert_array_equal(taken, np.tile(expected, 2))


def test_software_events_reach_the_buses_of_their_mask() -> None:
    config = receivers(SPEC, compare_mask=0)
    pulses = software(SPEC, config, [(7, 1, 0b0101, 3, 13)])
    np.testing.assert_array_equal(pulses[:, 1], SPEC.drivers + np.array([0, 2, 4, 6]))
    assert set(map(tuple, pulses[:, [0, 2, 3, 4, 5]].tolist())) == {(9, 1, 0, 13, 63)}


def test_a_bus_takes_either_software_or_crossbar_events(routed: Any) -> None:
    config = routed(SPEC, (8, 0), (8, 1)).with_section("drivers", compare_mask=0)
    config = config.with_section("buses", enable_spl1=[1, 0, 0, 0, 0, 0, 0, 0])
    result = run_fabric(SPEC, config, stimulus(SPEC, [0], [5], [20], software=[(3, 0, 15, 0, 9)]), 50)
    by_bus = {bus: result.pulses[result.pulses[:, 1] % 4 == bus][:, [0, 4]].tolist() for bus in range(4)}
    assert by_bus == {0: [[25, 5]] * 2, 1: [[5, 9]] * 2, 2: [[5, 9]] * 2, 3: [[5, 9]] * 2}
    np.testing.assert_array_equal(result.events[:2], 1)  # counted at the crossbar all the same


@pytest.mark.parametrize("mode", range(16))
def test_rows(mode: int) -> None:
    names = ("exc_bottom", "exc_top", "inh_bottom", "inh_top")
    config = receivers(SPEC).with_section("drivers", **{name: mode >> k & 1 for k, name in enumerate(names)})
    pulses = software(SPEC, config, [(0, 0, 1, 0, 0)])
    assert pulses[:, 1:4].tolist() == [[0, mode & 3, mode >> 2]]


@pytest.mark.parametrize("label", [0, 31, 32, 63])
def test_without_address_out_only_the_top_bit_goes_out(label: int) -> None:
    assert software(SPEC, receivers(SPEC, address_out=0), [(0, 0, 1, 0, label)])[0, 4] == label & 32
    assert software(SPEC, receivers(SPEC), [(0, 0, 1, 0, label)])[0, 4] == label


def test_a_driver_that_does_not_receive_is_silent() -> None:
    assert len(software(SPEC, FabricConfig.default(SPEC), [(0, 0, 15, 0, 0)])) == 0


def test_plasticity_by_hand() -> None:
    config = receivers(SPEC, stp=1, utilization=8, recovery=15, offset=8).with_section(
        "recovery", recovery_enable=1, recovery_scale=2
    )
    rows = [(c, 0, 1, 0, 0) for c in (0, 1, 5, 30)]
    # On the bus in cycles 1, 2, 6, 31; ticks in cycles 3, 7, 11, …, 31.
    s1 = 65535 * 8 >> 4
    s2 = s1 + ((65535 - s1) * 8 >> 4)
    s3 = s2 - (s2 * 16 >> 8)
    s3 += (65535 - s3) * 8 >> 4
    s4 = s3
    for _ in range(7):
        s4 -= s4 * 16 >> 8
    s4 += (65535 - s4) * 8 >> 4
    expected = [s >> 10 for s in (s1, s2, s3, s4)]
    assert expected == [31, 47, 54, 49]
    assert software(SPEC, config, rows)[:, 5].tolist() == expected
    depressing = config.with_section("drivers", depressing=1, offset=10)
    assert software(SPEC, depressing, rows)[:, 5].tolist() == [63 - a + 2 for a in expected]
    off = config.with_section("recovery", recovery_enable=0)
    assert software(SPEC, off, rows)[:, 5].tolist() == [31, 47, 55, 59]


@settings(deadline=None)  # the first call compiles
@given(
    utilization=st.integers(0, 15), recovery=st.integers(0, 15), scale=st.integers(0, 6), depressing=st.booleans(),
    offset=st.integers(0, 15), gaps=st.lists(st.integers(1, 3) | st.integers(1, 4000), min_size=1, max_size=12),
)  # fmt: skip
def test_plasticity_is_within_one_code_of_the_real_numbers(
    utilization: int, recovery: int, scale: int, depressing: bool, offset: int, gaps: list[int]
) -> None:
    at = np.cumsum(gaps)
    config = receivers(
        SPEC, stp=1, utilization=utilization, recovery=recovery, depressing=int(depressing), offset=offset
    ).with_section("recovery", recovery_enable=1, recovery_scale=scale)
    codes = software(SPEC, config, [(c, 0, 1, 0, 0) for c in at], int(at[-1]) + 5)[:, 5]
    x, seen = 0.0, 0
    for cycle, code in zip(at + 1, codes, strict=True):
        ticks = (cycle + 1) // 2**scale
        x *= (1 - (recovery + 1) / 256) ** (ticks - seen)
        x += (1 - x) * utilization / 16
        seen = ticks
        level = 64 * x
        real = min(max((63 - level if depressing else level) + offset - 8, 0), 63)
        assert abs(code - real) < (2 if depressing else 1) + 255 / 1024  # rounding up of 63 − floor counts one more
        assert abs(code - np.floor(real)) <= 1 or depressing
        if depressing:
            assert abs(code - np.clip(63 - np.floor(level) + offset - 8, 0, 63)) <= 1


@settings(deadline=None)  # the first call compiles
@given(
    state=st.integers(0, 65535), recovery=st.integers(0, 15), first=st.integers(0, 3000), second=st.integers(0, 3000)
)
def test_recovery_may_be_split(state: int, recovery: int, first: int, second: int) -> None:
    whole = recover(state, recovery, first + second)
    assert recover(recover(state, recovery, first), recovery, second) == whole
    plain = state
    for _ in range(first + second):
        plain -= plain * (recovery + 1) >> 8
    assert whole == plain


def test_limits_of_the_amplitude() -> None:
    assert [amplitude(0, False, offset, 16, 6) for offset in (0, 8, 15)] == [0, 0, 7]
    assert [amplitude(65535, False, offset, 16, 6) for offset in (0, 8, 15)] == [55, 63, 63]
    assert [amplitude(65535, True, offset, 16, 6) for offset in (0, 8, 15)] == [0, 0, 7]
    assert use(65535, 15, 16) == 65535
    assert use(0, 15, 16) == 61439
