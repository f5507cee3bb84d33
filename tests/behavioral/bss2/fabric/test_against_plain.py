"""The twin equals the plain model in everything it reports, on random designs, configurations and storms of events."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.digital.ticks import NEVER

from tests.behavioral.bss2.fabric.plain import Plain
from tests.behavioral.bss2.fabric.storms import random_design, random_run


def rows(values: list[tuple[int, ...]], columns: int) -> np.ndarray:
    return np.array(sorted(values), np.int64).reshape(-1, columns)


def compare(spec: ChipSpec, seed: int, cycles: int, events: int, rate: float) -> Any:
    config, stimulus, fires = random_run(spec, seed, cycles, events, rate)
    twin = run_fabric(spec, config, stimulus, cycles, fires)
    model = Plain(spec, config, stimulus, fires).run(cycles)
    np.testing.assert_array_equal(twin.pulses, rows(model.pulses, 6))
    sent = [(k, stamp, label, cycle) for k, stamp, label, cycle in model.sent]
    np.testing.assert_array_equal(twin.sent, np.array(sorted(sent, key=lambda row: (row[0], row[3]))).reshape(-1, 4))
    np.testing.assert_array_equal(rows([tuple(row[:2]) for row in twin.spikes], 2), rows(model.spikes, 2))
    clamped = np.zeros((len(twin.spike_count), cycles + 1), bool)
    for cycle, neuron, end, _ in twin.spikes:
        clamped[neuron, cycle + 1 : end] = True
    expected = np.zeros_like(clamped)
    for cycle, neuron, value in model.clamp_edges:
        expected[neuron, cycle:] = value
    np.testing.assert_array_equal(clamped, expected)
    for name in ("late", "drops", "events", "lost", "spike_count", "spike_overflow"):
        np.testing.assert_array_equal(getattr(twin, name), getattr(model, name), err_msg=name)
    for name in ("accepted", "released"):
        there = getattr(model, name)
        np.testing.assert_array_equal(getattr(twin, name), [there.get(e, NEVER) for e in range(len(twin.accepted))])
    np.testing.assert_array_equal(twin.cadc_triggers, model.triggers)
    return twin


STORM = {
    "seed": st.integers(0, 2**32 - 1), "cycles": st.integers(1, 150), "events": st.integers(0, 200),
    "rate": st.floats(0, 6),
}  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(**STORM)
def test_tiny(seed: int, cycles: int, events: int, rate: float) -> None:
    spec = chip_spec("tiny").with_fields(link_in_depth=1 + seed % 5, link_out_depth=1 + seed % 7)
    compare(spec, seed, cycles, events, rate)


@settings(deadline=None, max_examples=20)
@given(**STORM)
def test_any_design(seed: int, cycles: int, events: int, rate: float) -> None:
    compare(random_design(seed), seed, cycles, events, rate)


def test_a_storm_reaches_every_counter() -> None:
    twin = compare(chip_spec("tiny"), 4, 400, 600, 12.0)
    assert min(len(twin.pulses), len(twin.sent), len(twin.spikes)) > 100
    assert (twin.late > 0).any()
    assert (twin.drops > 0).any()
    assert (twin.events > 0).any()
    assert (twin.lost > 0).any()
    assert len(twin.cadc_triggers) == twin.cadc_samples


def test_bss2() -> None:
    compare(chip_spec("bss2"), 1, 60, 200, 20.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(500))
def test_at_length(seed: int) -> None:
    spec = chip_spec("tiny").with_fields(link_in_depth=1 + seed % 17, link_out_depth=1 + seed % 19)
    compare(random_design(seed) if seed % 2 else spec, 1000 + seed, 300, 40 * (seed % 10), 0.5 * (seed % 20))
