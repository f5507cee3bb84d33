"""Counters of the twin end as registers do."""

from __future__ import annotations

import numpy as np
from inloop.behavioral.bss2.fabric import counters, wiring
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.state import fabric_constants, fabric_state
from inloop.behavioral.bss2.spec import chip_spec

SPEC = chip_spec("tiny")


def test_sums_of_registers_are_those_of_their_ends() -> None:
    rng = np.random.default_rng(0)
    config = FabricConfig.default(SPEC)
    config = config.with_section("nodes", count_drops=rng.integers(0, 2, len(config.nodes.mask)))
    config = config.with_section("outputs", count_events=rng.integers(0, 2, len(config.outputs.count_events)))
    constants, state = fabric_constants(SPEC, config).crossbar, fabric_state(SPEC)
    nodes, outputs, backend = state.crossbar.nodes, state.crossbar.outputs, state.backend
    for row, name, most in (
        (nodes, "dropped", 40_000), (outputs, "granted", 1 << 26), (backend.outputs, "lost", 140_000),
        (backend.neurons, "spikes", 600),
    ):  # fmt: skip
        row[name] = rng.integers(0, most, len(row))
    source, _ = np.array(wiring.crossbar_nodes(SPEC)).T
    drops = np.bincount(source, nodes["dropped"] * config.nodes.count_drops).astype(np.int64)
    events = outputs["granted"] * config.outputs.count_events
    assert drops.max() > 0xFFFF > drops.min()
    assert counters.drop_registers(constants, nodes) == np.minimum(drops, 0xFFFF).sum()
    assert counters.event_registers(constants, outputs) == (events % (1 << 24)).sum()
    assert counters.lost_registers(backend.outputs) == np.minimum(backend.outputs["lost"], 0xFFFF).sum()
    spikes = backend.neurons["spikes"]
    assert counters.spike_registers(backend.neurons) == (spikes % 256 + 256 * (spikes > 255)).sum()
