"""Whether what a simulation showed is what the twin says: the first cycle, signal and values that differ."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.counters import SPIKE_BITS
from inloop.behavioral.bss2.fabric.result import FabricResult
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import Stimulus
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.behavioral.digital.ticks import NEVER

from tests.cocotb.bss2.session import Record


def disagreements(
    spec: ChipSpec, config: FabricConfig, given: Stimulus, fires: Iterable[Iterable[int]], record: Record
) -> list[str]:
    """Return the differences, the first cycle first; empty if there is none."""
    fires = [tuple(fire) for fire in fires]
    until = partial(_until, spec, config, given, fires)
    twin = until(record.cycles)
    found: list[tuple[int, str]] = []
    for name, expected in traces(spec, twin).items():
        seen = record.traces[name]
        if len(seen) != len(expected):
            found.append((0, f"{name} has {len(seen)} cycles, not {len(expected)}"))
        at = next((c for c, (a, b) in enumerate(zip(seen, expected, strict=False)) if a != b), None)
        if at is not None:
            found.append((at, f"{name} is {seen[at]:#x}, the twin says {expected[at]:#x}"))
    before = {event: cycle for event, cycle in record.accepted.items() if cycle < record.cycles}
    accepted = [before.get(event, NEVER) for event in range(len(given.channel))]
    found += _rows("link event accepted", [(a, n) for n, a in enumerate(accepted)], _numbered(twin.accepted), 0)
    for link in range(spec.link_channels):
        seen_rows = [row for row in record.sent if row[0] == link and row[3] < record.cycles]
        expected_rows = [tuple(row) for row in twin.sent.tolist() if row[0] == link]
        found += _rows("sent channel, stamp, label, cycle", seen_rows, expected_rows, 3)
    for name, entity, cycle, word in record.counters:
        expected_word = counter(until(cycle), name, entity)
        if word != expected_word:
            found.append((cycle, f"register {name}[{entity}] is {word:#x}, the twin says {expected_word:#x}"))
    return [f"cycle {cycle}: {text}" for cycle, text in sorted(found)]


def _until(spec: ChipSpec, config: FabricConfig, given: Stimulus, fires: list[Any], cycles: int) -> FabricResult:
    return run_fabric(spec, config, given, cycles, [fire for fire in fires if fire[0] < cycles])


def traces(spec: ChipSpec, twin: FabricResult) -> dict[str, list[int]]:
    """Return the twin's result as values per cycle of the signals of the top, cycles 0 to `cycles`."""
    count = twin.cycles + 1
    names = ("clamp", "refractory", "pulse_valid", "row_exc", "row_inh", "pulse_label", "pulse_amplitude")
    result = {name: [0] * count for name in names}
    result["system_time"] = list(range(count))
    result["cadc_trigger"] = [0] * count
    for cycle in twin.cadc_triggers.tolist():
        result["cadc_trigger"][cycle] = 1
    for cycle, neuron, clamp_end, refractory_end in twin.spikes.tolist():
        for name, end in (("clamp", clamp_end), ("refractory", refractory_end)):
            for c in range(cycle + 1, min(end, count)):
                result[name][c] |= 1 << neuron
    held = {"pulse_label": spec.synapse_label_bits, "pulse_amplitude": spec.amplitude_bits}
    last = dict.fromkeys(held, 0)
    pulses = iter([*twin.pulses.tolist(), [NEVER] * 6])
    cycle, driver, exc, inh, *values = next(pulses)
    for c in range(count):
        while cycle == c:
            result["pulse_valid"][c] |= 1 << driver
            result["row_exc"][c] |= exc << 2 * driver
            result["row_inh"][c] |= inh << 2 * driver
            for (name, bits), value in zip(held.items(), values, strict=True):
                place = driver * bits
                last[name] = last[name] & ~(((1 << bits) - 1) << place) | value << place
            cycle, driver, exc, inh, *values = next(pulses)
        for name in held:
            result[name][c] = last[name]
    return result


def counter(twin: FabricResult, name: str, entity: int) -> int:
    """Return the word of a counter's register."""
    if name == "cadc_samples":
        return int(twin.cadc_samples)
    if name == "spike_counters":
        return int(twin.spike_count[entity]) | int(twin.spike_overflow[entity]) << SPIKE_BITS
    return int(getattr(twin, name)[entity])


def _numbered(values: Any) -> list[tuple[int, int]]:
    return [(int(value), number) for number, value in enumerate(values)]


def _rows(what: str, seen: list[Any], expected: list[Any], at: int) -> list[tuple[int, str]]:
    """Compare lists of rows, whose cycle stands in column `at`."""
    for a, b in zip(seen, expected, strict=False):
        if a != b:
            return [(min(a[at], b[at]), f"{what} is {a}, the twin says {b}")]
    if len(seen) != len(expected):
        first = min(len(seen), len(expected))
        longer, who = (seen, "only here") if len(seen) > first else (expected, "only in the twin")
        return [(longer[first][at], f"{what} {longer[first]} {who}")]
    return []


def sections_of(config: FabricConfig, other: FabricConfig) -> list[str]:
    """Return the fields in which two configurations differ, with entity and value, for a reader."""
    lines = []
    for section in config.__dataclass_fields__:
        mine, theirs = getattr(config, section), getattr(other, section)
        for name in mine.__dataclass_fields__:
            values = getattr(mine, name)
            at = np.flatnonzero(values != getattr(theirs, name))
            if len(at):
                lines.append(f"{section}.{name}: " + ", ".join(f"[{n}] = {values[n]}" for n in at))
    return lines
