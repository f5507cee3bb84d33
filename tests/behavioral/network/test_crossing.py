"""Crossings and rests: what a forward pass does with them, and what is read back from its spikes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.network.crossing import Course, Rest, Rests, append_spikes, crossing, follow, held, recorded
from inloop.behavioral.numerics.compiled import kernel
from inloop.behavioral.numerics.simd import load, splat, store

LANES, STEPS = 64, 40


@kernel
def forward(free, threshold, reset, rest, rests, first, unit, age, found):  # type: ignore[no-untyped-def]
    """Neurons that jump to free (steps, lanes) in each step, from wherever they are; return the number of spikes."""
    u, before = np.zeros(free.shape[1]), np.zeros(free.shape[1])
    fired, count = np.zeros(1, np.uint64), 0
    for t in range(free.shape[0]):
        first[t] = count
        v = held(load(free, t * LANES, LANES), 0, t, load(reset, 0, LANES), rests)
        store(found, t * LANES, v)
        fired[0] = crossing(v, 0, load(threshold, 0, LANES), rests)
        before[:] = u
        count = append_spikes(fired, t, before, found[t], reset, threshold, rest, rests, unit, age, count)
        for n in range(free.shape[1]):
            u[n] = reset[n] if fired[0] >> np.uint64(n) & np.uint64(1) else found[t, n]
    first[free.shape[0]] = count
    return count


@kernel
def replayed(free, reset, course, found):  # type: ignore[no-untyped-def]
    for t in range(free.shape[0]):
        store(found, t * LANES, recorded(load(free, t * LANES, LANES), 0, t, splat(reset, LANES), course))


def run(free: np.ndarray, steps: float, cycles: int, reset: float = 0.0) -> tuple[Any, ...]:
    size = free.shape[0]
    rest = Rest(np.float64(steps), np.float64(cycles))
    rests = Rests(np.zeros(1, np.uint64), np.zeros((size, 1), np.uint64), np.empty(LANES))
    first, unit, age = np.zeros(size + 1, np.int64), np.zeros(size * LANES + 1, np.int32), np.zeros(size * LANES + 1)
    found = np.empty_like(free)
    count = forward(free, np.ones(LANES), np.full(LANES, reset), rest, rests, first, unit, age, found)
    return rest, first, unit[:count], age[:count], found


def one(values: list[float]) -> np.ndarray:
    """Neuron 0 jumps to these values, all others stay at 0."""
    free = np.zeros((len(values), LANES))
    free[:, 0] = values
    return free


@pytest.mark.parametrize(("cycles", "expected"), [(52, 12 / 52), (4, 0.0), (1, 0.0), (10_000, 0.2439)])
def test_a_crossing_is_found_by_the_first_cycle_behind_it(cycles: int, expected: float) -> None:
    """From 0.69 to 1.1 the threshold is crossed 0.244 of a step before its end."""
    _, first, unit, age, _ = run(one([0.69, 1.1, 0, 0]), 2.0, cycles)
    assert (first.tolist(), unit.tolist()) == ([0, 0, 1, 1, 1], [0])
    assert age[0] == pytest.approx(expected, abs=1e-4)


def test_a_rest_counts_from_the_crossing_and_shares_the_step_in_which_it_ends() -> None:
    """Age 1/2, rest 2.25: asleep for one step, then 3/4 of a step, so a quarter of the next one is left."""
    _, _, unit, age, found = run(one([0.5, 1.5, 0.8, 0.8, 0.8, 0.8]), 2.25, 4_000_000, reset=-0.4)
    assert age[0] == pytest.approx(0.5, abs=1e-6)
    assert len(unit) == 1
    np.testing.assert_allclose(found[:, 0], [0.5, 1.5, -0.4, -0.4 + 0.25 * 1.2, 0.8, 0.8], atol=1e-6)


def test_a_rest_that_ends_within_its_step_gives_the_rest_of_it_to_the_next() -> None:
    _, _, _, age, found = run(one([0.5, 1.5, 0.4, 0.4]), 0.1, 4_000_000)
    assert age[0] == pytest.approx(0.5, abs=1e-6)
    np.testing.assert_allclose(found[2:, 0], [1.4 * 0.4, 0.4], atol=1e-6)


def test_a_membrane_that_wakes_above_threshold_fires_at_once() -> None:
    """Reset above threshold: the crossing is where the rest ended."""
    _, first, _, age, _ = run(one([2.0] * 9), 2.5, 10, reset=1.2)
    assert np.diff(first).tolist() == [1, 0, 0, 1, 0, 0, 1, 0, 0] or np.diff(first).sum() >= 3
    steps = np.repeat(np.arange(9), np.diff(first))
    assert (np.diff(steps + 1 - age) >= 2.5 - 1e-9).all()


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 6), st.sampled_from([1, 52]), st.floats(-0.5, 0.5))
def test_what_is_read_back_from_spikes_and_ages_is_what_happened(
    seed: int, rest_steps: float, cycles: int, reset: float
) -> None:
    free = np.random.default_rng(seed).uniform(-0.5, 1.6, (STEPS, LANES))
    rest, first, unit, age, found = run(free, round(rest_steps) if cycles == 1 else rest_steps, cycles, reset)
    bits = np.zeros((3, STEPS, 1), np.uint64)
    course = Course(bits[0], bits[1], bits[2], np.full((STEPS, LANES), np.nan))
    follow(first, unit, age, rest, course)
    again = np.empty_like(free)
    replayed(free, reset, course, again)
    np.testing.assert_array_equal(found, again)
    fired = (course.fired >> np.arange(LANES, dtype=np.uint64) & np.uint64(1)).astype(bool)
    assert fired.sum() == len(unit) > 50
    assert (found[fired] > 1).all()
    step = np.repeat(np.arange(STEPS), np.diff(first))
    assert (age >= 0).all()
    np.testing.assert_allclose(age * cycles, np.round(age * cycles), atol=1e-9)
    for n in range(LANES):
        at = (step + 1 - age)[unit == n]
        assert (np.diff(at) >= rest.steps - 1e-9).all()
