"""The design in MyHDL and the transaction-level twin see the same, cycle by cycle, on random storms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.fabric import wiring
from inloop.behavioral.fabric.run import run_fabric
from inloop.behavioral.spec import ChipSpec, chip_spec

from tests.behavioral.fabric.conftest import random_config, random_stimulus
from tests.rtl.simulation import run_rtl

TINY = chip_spec("tiny")


def compare(spec: ChipSpec, seed: int, cycles: int, events: int, rate: float) -> None:
    rng = np.random.default_rng(seed)
    config = random_config(spec, rng)
    given: Any = random_stimulus(spec, rng, cycles, events)
    fires = np.argwhere(rng.random((cycles, wiring.neurons(spec))) < rate / wiring.neurons(spec))
    expected = run_fabric(spec, config, given, cycles, fires)
    seen = run_rtl(spec, config, given, cycles, fires)
    assert expected.pulses.tolist() == [list(row) for row in seen.pulses]
    assert expected.sent.tolist() == [list(row) for row in seen.sent]
    assert expected.cadc_triggers.tolist() == seen.cadc_triggers
    for name, value in seen.counters.items():
        assert np.ravel(getattr(expected, name)).tolist() == value, name
    assert levels(expected, cycles, 2) == seen.clamps
    assert levels(expected, cycles, 3) == seen.refractory
    handshakes = {event: int(cycle) for event, cycle in enumerate(expected.accepted) if cycle < cycles}
    assert handshakes == seen.accepted


def levels(expected: Any, cycles: int, end: int) -> list[int]:
    """Return the vector of clamps (end = 2) or of refractory neurons (3) in each cycle, from the spikes of the twin."""
    waves = [0] * (cycles + 1)
    for row in expected.spikes.tolist():
        for cycle in range(row[0] + 1, min(row[end], cycles + 1)):
            waves[cycle] |= 1 << row[1]
    return waves


@pytest.mark.parametrize("seed", range(3))
def test_tiny(seed: int) -> None:
    compare(TINY, seed, cycles=300, events=120, rate=1.0)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
def test_tiny_more(seed: int) -> None:
    compare(TINY, seed, cycles=500, events=60 << seed % 4, rate=0.2 * (1 + seed % 7))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 203))
def test_bss2(seed: int) -> None:
    compare(chip_spec("bss2"), seed, cycles=300, events=200, rate=6.0)
