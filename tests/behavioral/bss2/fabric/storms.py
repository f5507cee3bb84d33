"""Random designs, configurations and inputs: dense enough that everything collides, is late, lost and dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
from inloop.behavioral.bss2.fabric import wiring
from inloop.behavioral.bss2.fabric.config import SECTIONS, FabricConfig, entities
from inloop.behavioral.bss2.fabric.stimulus import Stimulus, stimulus
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.sections import section_fields


def random_run(spec: ChipSpec, seed: int, cycles: int, events: int, rate: float) -> tuple[FabricConfig, Stimulus, Any]:
    """Draw a configuration, inputs, and fires: rows of cycle and neuron, `rate` per cycle."""
    rng = np.random.default_rng(seed)
    fires = np.argwhere(rng.random((cycles, wiring.neurons(spec))) < rate / wiring.neurons(spec))
    return random_config(spec, rng), random_stimulus(spec, rng, cycles, events), fires


def random_design(seed: int) -> ChipSpec:
    """Draw a small design whose digital numbers differ from those of the chip."""
    rng = np.random.default_rng([seed, 5])

    def between(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    buses, drivers = 1 << between(0, 2), 1 << between(0, 2)  # drivers of a bus
    outputs, select, synapse, address = 2 * buses, between(2, 5), between(1, 6), between(1, 8)
    labels, state = max(8, select + synapse, address + outputs.bit_length()), between(9, 20)
    return chip_spec("tiny").with_fields(
        hemispheres=between(1, 2), columns=outputs * between(1, 3), quadrant_columns=outputs,
        rows=2 * buses * drivers, padi_buses=buses, event_outputs=outputs, link_channels=between(1, outputs),
        background_sources=between(1, 6), label_bits=labels + between(0, 2), row_select_bits=select,
        synapse_label_bits=synapse, address_bits=address, stp_state_bits=state, amplitude_bits=between(4, state - 1),
        slow_cycles=between(2, 5), background_ticks_per_cycle=between(1, 4), background_lfsr_steps=between(1, 12),
        link_in_depth=between(1, 9), link_out_depth=between(1, 9),
    )  # fmt: skip


def random_config(spec: ChipSpec, rng: np.random.Generator, filters: float = 0.3) -> FabricConfig:
    """Return a configuration with random fields, biased so that traffic is dense and collides."""
    config, count = FabricConfig.default(spec), entities(spec)
    for name, kind in SECTIONS.items():
        values = {f.name: rng.integers(0, 1 << width, count[name]) for f, width in section_fields(spec, kind)}
        config = config.with_section(name, **values)

    def some(name: str, share: float) -> Any:
        return rng.random(count[name]) < share

    mask = np.where(some("nodes", filters), 1 << rng.integers(0, spec.label_bits, count["nodes"]), 0)
    config = config.with_section("nodes", mask=mask, target=config.nodes.target & mask | some("nodes", 0.05))
    config = config.with_section(
        "background", period=rng.integers(0, 40, count["background"]), enable=some("background", 0.6)
    )
    ticks = np.where(some("neurons", 0.5), rng.integers(0, 40, count["neurons"]), rng.integers(0, 3, count["neurons"]))
    config = config.with_section("neurons", refractory_time=ticks, enable=some("neurons", 0.9))
    halves = count["clocks"]
    config = config.with_section("clocks", slow_scale=rng.integers(0, 5, halves), fast_scale=rng.integers(0, 3, halves))
    compare = np.where(some("drivers", 0.5), config.drivers.compare_mask & 1, config.drivers.compare_mask)
    config = config.with_section("drivers", compare_mask=compare, receiver=some("drivers", 0.8))
    config = config.with_section("recovery", recovery_scale=rng.integers(0, 6, count["recovery"]))
    return config.with_section("cadc", period=rng.integers(0, 30, 1)).with_section(
        "buses", enable_spl1=some("buses", 0.7)
    )


def random_stimulus(spec: ChipSpec, rng: np.random.Generator, cycles: int, events: int) -> Stimulus:
    """Return link and software events and ready patterns."""
    stamp = np.sort(rng.integers(0, cycles, events)) + (rng.random(events) < 0.2) * rng.integers(-9, 9, events)
    offered = None if rng.random() < 0.5 else rng.integers(-10, cycles, events)
    hemisphere, at = np.divmod(rng.permutation(spec.hemispheres * cycles)[: cycles // 4], cycles)
    widths = spec.padi_buses, spec.row_select_bits, spec.synapse_label_bits
    rows = [rng.integers(0, 1 << bits, len(at)) for bits in widths]
    ready = rng.random((spec.link_channels, 64)) < rng.choice([0.1, 0.6, 1.0], (spec.link_channels, 1))
    return stimulus(
        spec, rng.integers(0, spec.link_channels, events), rng.integers(0, 1 << spec.label_bits, events),
        np.maximum(stamp, 0), offered, software=np.stack([at, hemisphere, *rows], axis=1), ready=ready,
    )  # fmt: skip
