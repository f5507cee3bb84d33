"""Whether what a simulation of a HICANN showed is what the twin says: the first cycle, signal and values to differ."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from itertools import zip_longest

import numpy as np
from inloop.behavioral.bss1.fabric.config import DECODERS, FabricConfig
from inloop.behavioral.bss1.fabric.drivers import line_events
from inloop.behavioral.bss1.fabric.result import FabricResult
from inloop.behavioral.bss1.fabric.run import run_fabric
from inloop.behavioral.bss1.fabric.stimulus import Stimulus
from inloop.behavioral.bss1.fabric.words import packed
from inloop.behavioral.bss1.spec import Bss1Spec

from tests.cocotb.bss1.session import Record


def disagreements(
    spec: Bss1Spec, config: FabricConfig, given: Stimulus, fires: Iterable[Iterable[int]], record: Record
) -> list[str]:
    """Return the differences, the first cycle first; empty if there is none."""
    rows = [tuple(fire) for fire in fires]

    @lru_cache
    def until(cycles: int) -> FabricResult:
        return run_fabric(spec, config, given, cycles, [row for row in rows if row[0] < cycles])

    twin = until(record.cycles)
    found = [(cycle, "the link is not ready") for cycle in record.refused]
    for name, expected in traces(spec, twin).items():
        seen = record.traces[name]
        at = next((c for c, (a, b) in enumerate(zip(seen, expected, strict=True)) if a != b), None)
        if at is not None:
            found.append((at, f"{name} is {seen[at]:#x}, the twin says {expected[at]:#x}"))
    sent = [(packed(spec, k, address, stamp), cycle) for k, address, stamp, cycle in twin.sent.tolist()]
    own = line_events(spec, config, twin.outputs)
    own = own[np.lexsort((own[:, 1], own[:, 0]))]
    if (lines := own[own[:, 0] <= record.cycles].tolist()) != record.lines:
        row = next((row for row, other in zip_longest(record.lines, lines) if row != other), None)
        found.append((record.cycles, f"events at the ends of the lines differ, first in the row {row}"))
    here = [row for row in record.sent if row[1] < record.cycles]
    for a, b in zip(here, sent, strict=False):
        if a != b:
            found.append((min(a[1], b[1]), f"word {a[0]:#x} in {a[1]}, the twin says {b[0]:#x} in {b[1]}"))
            break
    if len(here) != len(sent):
        found.append((record.cycles, f"{len(here)} words to the host, the twin says {len(sent)}"))
    for name, entity, cycle, word in record.counters:
        expected_word = int(until(cycle).registers()[name][entity])
        if word != expected_word:
            found.append((cycle, f"register {name}[{entity}] is {word:#x}, the twin says {expected_word:#x}"))
    return [f"cycle {cycle}: {text}" for cycle, text in sorted(found)]


def traces(spec: Bss1Spec, twin: FabricResult) -> dict[str, list[int]]:
    """Return the twin's result as values per cycle of the signals of the top, cycles 0 to `cycles`."""
    count, width = twin.cycles + 1, spec.synapse_decoder_bits
    time = [cycle & (1 << spec.stamp_bits) - 1 for cycle in range(count)]
    strobes, held, addresses = [0] * count, [0] * count, 0
    pulses = iter([*twin.pulses.tolist(), [count, 0, 0, 0]])
    cycle, driver, strobe, address = next(pulses)
    for c in range(count):
        while cycle == c:
            strobes[c] |= strobe << len(DECODERS) * driver
            addresses = addresses & ~(((1 << width) - 1) << width * driver) | address << width * driver
            cycle, driver, strobe, address = next(pulses)
        held[c] = addresses
    return {"system_time": time, "strobe": strobes, "synapse_address": held}
