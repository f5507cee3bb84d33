"""Random designs with a network and a storm of input for each, from a seed; and what a level makes of them.

A design differs from the small preset in all structural fields, a network may be too large for it, and now and then a
field is spoiled: then all levels have to refuse alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import GridEvents, SpikeBatch
from inloop.behavioral.grid import TimeGrid, make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.cosim.bss1.configuration import Configuration, nearest_strength
from inloop.cosim.bss2.digital import ALL_COUNTED
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.errors import InloopError
from inloop.rtl.bss2.buildable import DRAWN_BITS, SPIKE_LABEL_BITS
from inloop.rtl.lib.widths import bits_for

SAMPLES = 2
SPOILED = 0.08
"""Share of designs with a field that cannot be."""
Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Case:
    """A design by the fields that it changes, and what runs on it."""

    seed: int
    preset: str
    fields: dict[str, Any]
    network: Topology

    def __str__(self) -> str:
        """Say how to build it."""
        return f"seed {self.seed}: {self.preset} with {self.fields}, network {self.network}"


def one_of(rng: Rng, *values: Any) -> Any:
    return values[int(rng.integers(len(values)))]


def between(rng: Rng, low: int, high: int) -> int:
    return int(rng.integers(low, max(low, high) + 1))


def spoiled(rng: Rng, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields, now and then with one that most likely cannot be built."""
    if rng.random() < SPOILED:
        name = one_of(rng, *sorted(name for name, value in fields.items() if isinstance(value, int)))
        fields[name] = one_of(rng, 1, 3, 5, 2 * fields[name] + 1, 40, 5000)
    return fields


def chip_case(seed: int) -> Case:
    """Draw a design of the kind of BrainScaleS-2."""
    rng = np.random.default_rng([seed, 41])
    buses = one_of(rng, 2, 4, 8)
    outputs = buses * one_of(rng, 1, 2)
    hemispheres, links = one_of(rng, 1, 2), between(rng, 1, min(outputs, 9))
    drivers = one_of(rng, 2, 4, 8)  # of a bus
    room = SPIKE_LABEL_BITS - bits_for(links)
    choices = (-(-hemispheres * buses // links) - 1).bit_length()  # buses that a link has to tell apart
    select = between(rng, max(2, bits_for(drivers)), 5)
    synapse = between(rng, 2, min(7, room - select - choices))
    address = between(rng, 1, min(10, room - bits_for(outputs) - 1))
    state, clock = between(rng, 9, 32), one_of(rng, 2.5e6, 40e6, 125e6, 300e6, 1e9)
    fields = {
        "columns": outputs * one_of(rng, 2, 4), "hemispheres": hemispheres, "rows": 2 * buses * drivers,
        "quadrant_columns": outputs, "weight_bits": between(rng, 1, 8),
        "cadc_bits": between(rng, 2, 8) if seed % 10 < 9 else between(rng, 9, 12),
        "label_bits": between(rng, max(DRAWN_BITS, select + synapse + choices, address + bits_for(outputs) + 1), room),
        "row_select_bits": select, "synapse_label_bits": synapse, "address_bits": address, "event_outputs": outputs,
        "padi_buses": buses, "link_channels": links, "background_sources": between(rng, 1, 12),
        "time_bits": between(rng, 33, 47), "background_ticks_per_cycle": between(rng, 1, 5),
        "link_in_depth": one_of(rng, 2, 4, 16, 128), "link_out_depth": one_of(rng, 2, 4, 16),
        "slow_cycles": between(rng, 2, 16), "background_lfsr_mask": int(rng.integers(1 << 31, 1 << 32)),
        "background_lfsr_steps": between(rng, 1, 20), "stp_state_bits": state,
        "amplitude_bits": between(rng, 4, state - 1), "clock_hz": clock,
        "cadc_period_cycles": one_of(rng, 30, 64, 125, 208), "start_at_reset": between(rng, 0, 1),
        "refractory_s": one_of(rng, 0, 1, 7, 40, 254, 700) / clock, "tau_mem_s": one_of(rng, 30, 150) / clock,
        "tau_syn_s": one_of(rng, 20, 60) / clock,
    }  # fmt: skip
    most = min(fields["columns"] // 3, hemispheres * buses * drivers // 3)
    hidden = tuple(between(rng, 1, most) for _ in range(between(rng, 1, 2)))
    own = tuple(bool(rng.random() < 0.3) for _ in hidden)
    network = Topology(between(rng, 1, max(1, hemispheres * buses * drivers // 3)), hidden, between(rng, 1, 3), own)
    return Case(seed, "tiny", spoiled(rng, fields), network)


def chip_result(level: str, case: Case) -> Any:
    """Return all that a level measures in a case, or its refusal."""
    rng = np.random.default_rng([case.seed, 42])
    try:
        spec = chip_spec(case.preset).with_fields(**case.fields)
        chip = Chip(spec, die=case.seed)
        periods = -(-between(rng, 150, 400) // spec.cadc_period_cycles)
        grid = make_grid(spec, periods * spec.cadc_period_s, 1)
        run = open_level(level, case.network, chip, grid, ALL_COUNTED)
        spikes, weights = storm(rng, case.network, grid), loud_weights(rng, case.network)
        seen = run.run(spikes, weights, np.arange(SAMPLES, dtype=np.uint64))
    except InloopError as error:
        return f"{type(error).__name__}: {error}"
    events = [(each.first, each.unit) for each in seen.spikes]
    return {"spikes": events, "cycles": seen.cycles, "membranes": [seen.membrane(k) for k in range(len(events))],
            "readout": seen.readout, "counters": seen.counters}  # fmt: skip


def storm(rng: Rng, network: Topology, grid: TimeGrid) -> SpikeBatch:
    """Draw events: some anywhere in the window, some in a few moments, some at its end."""
    count = one_of(rng, 40, 120, 400)
    moments = rng.random(between(rng, 1, 4))
    share = np.where(rng.random(count) < 0.5, rng.choice(moments, count), rng.random(count))
    share = np.where(rng.random(count) < 0.2, 0.999, share)
    sample, unit = rng.integers(0, SAMPLES, count), rng.integers(0, network.inputs, count)
    return SpikeBatch.from_events(sample, unit, share * grid.duration_s, samples=SAMPLES, units=network.inputs)


def loud_weights(rng: Rng, network: Topology) -> NetworkWeights:
    """Draw weights with which neurons fire."""
    forward = tuple(rng.normal(1.2, 1.0, shape).astype(np.float32) for shape in pairwise(network.sizes))
    own = tuple(
        rng.normal(0.2, 1.0, (size, size)).astype(np.float32) if recurrent else None
        for size, recurrent in zip(network.hidden, network.recurrent, strict=True)
    )
    return NetworkWeights(forward, own)


def wafer_case(seed: int) -> Case:
    """Draw a design of the kind of BrainScaleS-1."""
    rng = np.random.default_rng([seed, 43])
    decoder, select = between(rng, 2, 5), between(rng, 1, 3)
    merged, blocks = one_of(rng, 2, 4, 8), 8
    columns = max(one_of(rng, 16, 32, 64), blocks * merged // 2)
    columns = min(columns, blocks << decoder + select - 1)  # an address for each circuit of a block
    merged = min(merged, 2 * columns // blocks)
    stamp, block = between(rng, 8, min(15, 29 - decoder - select)), between(rng, 2, 4)
    ahead = between(rng, 1, 2)
    least = ((ahead + 1 << block) - 1).bit_length()
    fields = {
        "columns": columns, "drivers": between(rng, 6, 24), "driver_decoder_bits": select, "weight_bits": 4,
        "synapse_decoder_bits": decoder, "slow_cycles": between(rng, 2, 16), "period_bits": between(rng, 6, 16),
        "stamp_bits": stamp, "compare_bits": between(rng, least, stamp - 1), "buffer_slots": between(rng, 2, 7),
        "link_out_depth": one_of(rng, 2, 4, 16), "link_event_cycles": between(rng, 1, 8),
        "release_block_bits": block, "release_blocks": ahead, "line_cycles": between(rng, 2, 8),
        "foreign_lines": one_of(rng, 8, 24, 56, 120), "hop_cycles": between(rng, 1, 8),
        "circuits_per_neuron": merged, "link_inputs": between(rng, 1 << decoder, 3 << decoder),
        "clock_hz": one_of(rng, 100e6, 200e6),
    }  # fmt: skip
    network = Topology(between(rng, 1, 10), (between(rng, 1, 6),), between(rng, 1, 3), (False,))
    return Case(seed, "bss1-tiny", spoiled(rng, fields), network)


def wafer_result(level: str, case: Case) -> Any:
    """Return all that a level of the wafer measures in a case, or its refusal."""
    rng, network = np.random.default_rng([case.seed, 44]), case.network
    try:
        spec = bss1_spec(case.preset).with_fields(**case.fields)
        steps = between(rng, 5, 20)
        grid = TimeGrid(spec.step_s, steps, steps)
        seen = open_level(level, network, Bss1Chip(spec, die=case.seed, chips=2), grid).run(
            rate_storm(rng, network, steps), rate_weights(rng, network, spec)
        )
    except InloopError as error:
        return f"{type(error).__name__}: {error}"
    events = [(each.first, each.unit) for each in seen.spiking]
    return {"spikes": events, "circuits": seen.raw.spikes(), "words": seen.raw.words(),
            "registers": seen.raw.registers, "counters": seen.counters}  # fmt: skip


def rate_storm(rng: Rng, network: Topology, steps: int) -> GridEvents:
    dense = rng.random((SAMPLES, steps, network.inputs)) < one_of(rng, 0.02, 0.3, 0.9)
    edges = np.concatenate([[0], np.cumsum(dense.sum(axis=2))])
    first = np.column_stack([edges[:-1].reshape(SAMPLES, steps), edges[steps::steps]])
    return GridEvents(first, np.nonzero(dense)[2].astype(np.int32), network.inputs)


def rate_weights(rng: Rng, network: Topology, spec: Bss1Spec) -> Configuration:
    most = spec.weight_max
    codes = tuple(rng.integers(-most // 2, most + 1, (a + 1, b)) for a, b in pairwise(network.sizes))
    strength = (nearest_strength(110.0, spec),) * 2
    return Configuration(codes, (strength,) * len(codes), bias_steps=one_of(rng, 1, 3))


def differences(seen: dict[str, Any]) -> list[str]:
    """Return what differs between the results of levels by name; empty if they are the same bit for bit."""
    (first, one), *others = seen.items()
    found = []
    for name, two in others:
        if isinstance(one, str) or isinstance(two, str):
            found += [] if one == two else [f"{first}: {_short(one)}; {name}: {_short(two)}"]
            continue
        found += [f"{first} and {name} differ in {what}: {_told(one[what], two[what])}" for what in one
                  if not _same(one[what], two[what])]  # fmt: skip
    return found


def _same(one: Any, two: Any) -> bool:
    if isinstance(one, dict):
        return bool(one == two)
    if isinstance(one, list | tuple):
        return len(one) == len(two) and all(_same(a, b) for a, b in zip(one, two, strict=True))
    return one.dtype == two.dtype and np.array_equal(one, two)


def _told(one: Any, two: Any) -> str:
    return f"{one} and {two}" if isinstance(one, dict) else ""


def _short(result: Any) -> str:
    return result if isinstance(result, str) else f"a result, {result['counters']}"


def agree(result: Callable[[str, Case], Any], case: Case, levels: tuple[str, ...]) -> Any:
    """Return what the first level sees; fail if another one sees or says something else."""
    seen = {level: result(level, case) for level in levels}
    found = differences(seen)
    assert not found, "\n".join([str(case), *found])
    return seen[levels[0]]
