"""Synapse drivers: an address meets the row and strobe whose decoder has its high bits."""

from __future__ import annotations

import numpy as np
from inloop.behavioral.bss1.fabric.config import DECODERS, FabricConfig
from inloop.behavioral.bss1.fabric.drivers import pulses
from inloop.behavioral.bss1.spec import bss1_spec

SPEC = bss1_spec("bss1-tiny").with_fields(drivers=4)  # on each side


def test_all_addresses_on_all_lines() -> None:
    rng = np.random.default_rng(5)
    drawn = {name: rng.integers(0, 4, 8) for name in DECODERS}
    line, enable = np.array([0, 0, 1, 5, 9, 9, 9, 2]), np.array([1, 1, 1, 1, 1, 0, 1, 1])
    config = FabricConfig.default(SPEC).with_section("drivers", line=line, enable=enable, **drawn)
    events = np.array([(10 * n + k, k, a) for n, a in enumerate(range(64)) for k in range(SPEC.lines)])
    expected = []
    for cycle, own, address in events.tolist():
        for driver in range(8):
            hits = [drawn[name][driver] == address >> 4 for name in DECODERS]
            if enable[driver] and line[driver] == own and any(hits):
                strobe = sum(int(hit) << bit for bit, hit in enumerate(hits))
                expected.append([cycle + 1, driver, strobe, address & 15])
    assert len(expected) > 100
    assert pulses(SPEC, config, events).tolist() == sorted(expected)


def test_no_event_no_pulse() -> None:
    assert pulses(SPEC, FabricConfig.default(SPEC), np.empty((0, 3), np.int64)).shape == (0, 4)
