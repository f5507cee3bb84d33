"""The whole design between standard AXI agents that stall at random: still exactly what the twin says."""

from __future__ import annotations

import random

import pytest
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec

from tests.cocotb.bss2 import bench_host
from tests.cocotb.bss2.storms import storm
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design

SPEC = chip_spec("tiny")
CYCLES = 500


@pytest.mark.parametrize("pause", [0.0, 0.3, 0.8])
@pytest.mark.parametrize("seed", [1, 2])
def test_streams_that_stall(seed: int, pause: float, simulate: Simulate) -> None:
    rng = random.Random(seed)
    config = storm(SPEC, seed).config.with_section("links", slow=[seed % 2, 0, 0, 1])
    count = 120
    words = [
        [min(rng.randrange(40, 400), 40 + 3 * n) << 16 | rng.getrandbits(14) for n in range(count)]
        for _ in range(SPEC.link_channels)
    ]
    simulation = simulate(top_design(SPEC), "-streams")
    seen = simulation.call(bench_host.traffic, SPEC, config, words, CYCLES, seed, pause)
    channel = [k for k, (offered, *_) in enumerate(seen) for _ in offered]
    at = [cycle for offered, *_ in seen for cycle in offered]
    flat = [word for chosen, (offered, *_) in zip(words, seen, strict=True) for word in chosen[: len(offered)]]
    label, stamp = [word & 0x3FFF for word in flat], [word >> 16 for word in flat]
    given = stimulus(SPEC, channel, label, stamp, at, ready=[ready for _, ready, _ in seen])
    twin = run_fabric(SPEC, config, given, CYCLES)
    rows = [(k, word >> 16, word & 0x3FFF, cycle) for k, (*_, sent) in enumerate(seen) for cycle, word in sent]
    assert rows == [tuple(row) for row in twin.sent.tolist()]
    assert len(rows) > 30
