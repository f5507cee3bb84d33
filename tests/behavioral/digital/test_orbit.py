"""Seeds of shift registers: places of the orbit that are apart, and states of which none depends on its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import gcd

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.lfsr import orbit
from inloop.behavioral.bss1.fabric.lfsr import seeded_state as of_generator
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.behavioral.bss2.fabric.lfsr import leap, leap_table
from inloop.behavioral.bss2.fabric.lfsr import seeded_state as of_source
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.digital.orbit import GOLDEN, moved, place, stride, whole_seeds
from inloop.errors import ConfigError

SPEC, HICANN = chip_spec("bss2"), bss1_spec("bss1")
LENGTHS = ((1 << 16) - 1, (1 << 32) - 1)
STATES = [(partial(of_source, SPEC), 32), (partial(of_generator, HICANN), 16)]
SEEDS = st.integers(-(10**30), 10**30)


def rank(states: list[int]) -> int:
    """Return the rank over GF(2)."""
    basis: list[int] = []
    for state in states:
        for of in basis:
            state = min(state, state ^ of)
        if state:
            basis.append(state)
    return len(basis)


@pytest.mark.parametrize("length", [*LENGTHS, 7, 15, 1])
def test_a_stride_is_the_golden_part_and_prime_to_the_orbit(length: int) -> None:
    assert gcd(stride(length), length) == 1
    assert stride(length) / length == pytest.approx(GOLDEN, abs=2 / length)


@pytest.mark.parametrize("length", LENGTHS)
@given(first=SEEDS)
def test_eight_seeds_in_a_row_are_a_twelfth_of_the_orbit_apart(length: int, first: int) -> None:
    places = sorted(place(first + k, length) for k in range(8))
    gaps = np.diff([*places, places[0] + length])
    assert gaps.min() > length / 12


@pytest.mark.parametrize(("state", "bits"), STATES, ids=["bss2", "bss1"])
def test_as_many_seeds_in_a_row_as_there_are_bits_are_independent(state: Callable[[int], int], bits: int) -> None:
    """No state is the XOR of others; raw seeds 1, 2, 3 have rank 2."""
    assert rank([1, 2, 3]) == 2
    for first in (0, 1, -bits, 10**9):
        assert rank([state(first + k) for k in range(bits)]) == bits


@pytest.mark.parametrize(("state", "bits"), STATES, ids=["bss2", "bss1"])
@given(seed=SEEDS)
def test_no_state_is_zero_and_seeds_repeat_after_the_orbit(state: Callable[[int], int], bits: int, seed: int) -> None:
    assert 0 < state(seed) < 1 << bits
    assert state(seed) == state(seed % ((1 << bits) - 1))


def test_all_seeds_of_a_hicann_have_a_state_of_their_own() -> None:
    assert len({of_generator(HICANN, seed) for seed in range(65535)}) == 65535


def test_many_seeds_of_a_source_have_a_state_of_their_own() -> None:
    seeds = [*range(3000), *range(2**32 - 1002, 2**32 - 1)]
    assert len({of_source(SPEC, seed) for seed in seeds}) == len(seeds)


def test_the_state_of_a_source_is_reached_by_its_draws() -> None:
    """`moved` equals draws one by one; one stride more leads from a seed to the next."""
    table = leap_table(SPEC.background_lfsr_mask, SPEC.background_lfsr_steps)
    images = tuple(int(leap(1 << bit, table)) for bit in range(32))
    state = 1
    for draws in range(200):
        assert moved(1, images, draws) == state
        state = int(leap(state, table))
    assert of_source(SPEC, -1) == 1
    assert of_source(SPEC, 8) == moved(of_source(SPEC, 7), images, stride(LENGTHS[1]))


def test_the_state_of_a_generator_is_its_place_on_the_orbit() -> None:
    assert of_generator(HICANN, -1) == 1
    assert of_generator(HICANN, 0) == orbit(HICANN, 1)[40504]


@pytest.mark.parametrize("seeds", [1, [1, 2], [0.5, 1.0, 2.0], ["a", "b", "c"], [1, 2, None], [[1, 2], [3, 4]]])
def test_seeds_that_are_none(seeds: object) -> None:
    with pytest.raises(ConfigError, match="must be whole numbers, one for each of the 3 generators"):
        whole_seeds(seeds, 3)


@pytest.mark.parametrize("seeds", [[1, 2, 3], range(1, 4), np.arange(1, 4), (1, np.uint8(2), 3)])
def test_seeds_may_come_in_any_form(seeds: object) -> None:
    assert whole_seeds(seeds, 3) == [1, 2, 3]
