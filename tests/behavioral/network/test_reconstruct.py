"""Membranes between CADC samples, against interpolation over the nodes of each neuron by itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.network.crossing import Rest
from inloop.behavioral.network.ideal import IdealConstants
from inloop.behavioral.network.reconstruct import TraceScale, membranes

RECORDS, RESET = 5, -0.25


def run(record: np.ndarray, spikes: list[set[int]], period: int, refractory: int) -> np.ndarray:
    """Reconstruct; record: (records, neurons) in LSB; spikes: steps per neuron."""
    steps, neurons = len(record) * period, record.shape[1]
    unit = np.array([n for t in range(steps) for n in range(neurons) if t in spikes[n]], np.int32)
    per_step = [sum(t in own for own in spikes) for t in range(steps)]
    first = np.concatenate([[0], np.cumsum(per_step)])
    v = np.full((steps, neurons), np.nan)
    scale = TraceScale(80.0, 1 / 70, period, 0.0)
    rest = Rest(float(refractory), 1.0)  # type: ignore[arg-type]
    neuron = IdealConstants(0.5, 0.5, 0.5, RESET, 0.0, 1.0, 0.0, rest)  # type: ignore[arg-type]
    membranes(record, scale, first, unit, np.zeros(len(unit)), neuron, np.empty(neurons), v)
    return v


def interpolated(record: np.ndarray, spikes: set[int], period: int, refractory: int) -> np.ndarray:
    """One neuron, step by step from the definition; NaN while it is refractory."""
    steps = len(record) * period
    out = np.full(steps, np.nan)
    nodes = {-1: 0.0, **{(k + 1) * period - 1: (value - 80) / 70 for k, value in enumerate(record)}}
    for t in sorted(spikes):
        nodes = {time: value for time, value in nodes.items() if not t < time <= t + refractory}
        nodes[t] = 1.0
    for t in range(steps):
        if any(s < t <= s + refractory for s in spikes):
            continue
        before = max(time for time in nodes if time < t)
        value = nodes[before]
        if before in spikes:
            before, value = before + refractory, RESET
        after = min(time for time in nodes if time >= t)
        out[t] = value + (nodes[after] - value) * (t - before) / (after - before)
    return out


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2, 3, 4, 8]), st.integers(0, 6), st.floats(0, 0.5))
def test_traces_are_linear_between_samples_spikes_and_resets(
    seed: int, period: int, refractory: int, rate: float
) -> None:
    rng = np.random.default_rng(seed)
    record = rng.uniform(30, 220, (RECORDS, 6))
    spikes: list[set[int]] = []
    for _ in range(6):
        own: set[int] = set()
        for t in range(RECORDS * period):
            if rng.random() < rate and (not own or t - max(own) > refractory):
                own.add(t)
        spikes.append(own)
    found = run(record, spikes, period, refractory)
    assert np.isfinite(found).all()
    for n in range(6):
        expected = interpolated(record[:, n], spikes[n], period, refractory)
        mattering = np.isfinite(expected)
        np.testing.assert_allclose(found[mattering, n], expected[mattering], rtol=1e-9, atol=1e-12)


def test_without_spikes_the_samples_are_connected_from_rest() -> None:
    found = run(np.array([[150.0], [80.0]]), [set()], 4, 5)
    np.testing.assert_allclose(found[:, 0], [0.25, 0.5, 0.75, 1, 0.75, 0.5, 0.25, 0], atol=1e-12)


def test_codes_of_the_converter_are_accepted() -> None:
    found = run(np.array([[45], [115]], np.uint8), [set()], 2, 5)
    np.testing.assert_allclose(found[:, 0], [-0.25, -0.5, 0, 0.5], atol=1e-12)


@pytest.mark.parametrize("refractory", [0, 1, 3])
def test_a_spike_goes_up_to_threshold_and_starts_again_from_reset(refractory: int) -> None:
    found = run(np.array([[80.0], [150.0]]), [{1}], 4, refractory)[:, 0]
    assert found[:2].tolist() == [0.5, 1.0]
    if refractory < 3:
        steps = np.arange(1 + refractory + 1, 4)
        np.testing.assert_allclose(found[steps], RESET - RESET * (steps - 1 - refractory) / (2 - refractory))
    else:  # released at 4, behind the first sample
        np.testing.assert_allclose(found[5:], RESET + (1 - RESET) * np.array([1, 2, 3]) / 3)


def test_with_a_sample_in_every_step_the_samples_are_the_trace() -> None:
    found = run(np.array([[150.0], [185.0], [80.0]]), [{1}], 1, 1)
    np.testing.assert_allclose(found[:, 0], [1, 1.5, 0], atol=1e-12)
