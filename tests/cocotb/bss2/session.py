"""One run of the digital spike path as its host and its analog core see it, on any simulator.

`session` is a generator: in the middle of each clock cycle it yields what to drive and which signals it wants to see,
and is sent their values. It configures the design, plays a stimulus and fires, and reads the counters; what it records
has the same meaning as what the twin returns.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.stimulus import Stimulus
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.bss2.buildable import SPIKE_LABEL_BITS
from inloop.rtl.bss2.register_map import config_writes, control_write, register_map, software_event
from inloop.rtl.lib.widths import bits_for

Drive = dict[str, int]
Steps = Generator[tuple[Drive, tuple[str, ...]], tuple[int, ...], Any]

TO_EFFECT = 3
"""Cycles from the offer of a write on an idle bus to the first cycle in which its effect is visible."""
TO_SAMPLE = {"status": 2, "spike_counters": 3}
"""Cycles from the offer of a read to the cycle whose counter it returns, by region."""
SPACING = 8
"""Cycles between two writes at least, so that the bus is idle."""
TRACED = (
    "system_time", "clamp", "refractory", "pulse_valid", "row_exc", "row_inh", "pulse_label", "pulse_amplitude",
    "cadc_trigger",
)  # fmt: skip
COUNTERS = ("late", "drops", "events", "lost", "cadc_samples", "spike_counters")
FIRST_SOFTWARE = SPACING


def stray_bits(spec: ChipSpec) -> int:
    """Return the bits of a word to the chip that it ignores; the session sets them."""
    return (1 << SPIKE_LABEL_BITS) - (1 << spec.label_bits)


@dataclass
class Record:
    """What was seen: traces per signal of cycles 0 to `cycles`; rows of channel, stamp, label, cycle of the handshake
    of events sent; accepted: cycle per link event; counters: (bank, entity, cycle, word)."""

    cycles: int = 0
    traces: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in TRACED})
    sent: list[tuple[int, int, int, int]] = field(default_factory=list)
    accepted: dict[int, int] = field(default_factory=dict)
    counters: list[tuple[str, int, int, int]] = field(default_factory=list)


def session(
    spec: ChipSpec, config: FabricConfig, given: Stimulus, cycles: int, fires: Iterable[Iterable[int]]
) -> Steps:
    """Reset, configure, clear and run `cycles` cycles; then read all counters while time runs on."""
    yield from configure(spec, config)
    return (yield from sample(spec, given, cycles, fires))


def configure(spec: ChipSpec, config: FabricConfig) -> Steps:
    """Reset, then write all registers that differ from their reset values."""
    yield from reset(spec)
    for address, word in config_writes(spec, config, FabricConfig.default(spec)):
        yield from write(address, word)


def prepare(spec: ChipSpec, config: FabricConfig) -> Steps:
    """Reset, configure and clear; time stands."""
    yield from configure(spec, config)
    yield from write(*control_write(spec, clear=True))


def counters(spec: ChipSpec) -> Steps:
    """Read all counters, one after the other; return their words by name."""
    words: dict[str, list[int]] = {name: [] for name in COUNTERS}
    for name, _, address, _ in _reads(spec):
        words[name].append((yield from read(address)))
    return words


def sample(spec: ChipSpec, given: Stimulus, cycles: int, fires: Iterable[Iterable[int]]) -> Steps:
    """Clear the state and run, with the configuration as it is."""
    yield from write(*control_write(spec, clear=True))
    yield from take_left([f"m_axis_{k}" for k in range(spec.link_channels)])
    return (yield from _run(spec, given, fires, cycles))


def take_left(streams: list[str]) -> Steps:
    """Take the word that each stream may still offer from before the last clear; there is one at most."""
    yield {f"{stream}_tready": 1 for stream in streams}, ()
    left = yield {f"{stream}_tready": 0 for stream in streams}, tuple(f"{stream}_tvalid" for stream in streams)
    assert not any(left), "more than the word that was offered has outlived the clear"


def cut(steps: Steps, after: int) -> Steps:
    """Take so many steps and leave the design as it is then, in the middle of its work."""
    answer: Any = None
    for _ in range(after):
        answer = yield steps.send(answer)


def reset(spec: ChipSpec) -> Steps:
    """Reset with all inputs at rest."""
    drive = {"reset": 1, "fire": 0, "s_axil_bready": 1, "s_axil_rready": 1, "s_axil_wstrb": 0xF}
    drive |= {f"s_axil_{name}": 0 for name in ("awaddr", "awvalid", "wdata", "wvalid", "araddr", "arvalid")}
    for k in range(spec.link_channels):
        drive |= {f"s_axis_{k}_tvalid": 0, f"s_axis_{k}_tdata": 0, f"m_axis_{k}_tready": 0}
    yield drive, ()
    yield {}, ()
    yield {"reset": 0}, ()


def write(address: int, word: int) -> Steps:
    """Write a register and wait for the answer."""
    drive = {"s_axil_awaddr": address, "s_axil_awvalid": 1, "s_axil_wdata": word, "s_axil_wvalid": 1}
    ready = yield drive, ("s_axil_awready", "s_axil_wready")
    assert ready == (1, 1), "the register bus is not idle"
    drive = {"s_axil_awvalid": 0, "s_axil_wvalid": 0}
    while True:
        valid, answer = yield drive, ("s_axil_bvalid", "s_axil_bresp")
        if valid:
            break
        drive = {}
    assert answer == 0, f"write to {address:#x} was refused: {answer}"
    yield {}, ()


def read(address: int) -> Steps:
    """Read a register."""
    drive = {"s_axil_araddr": address, "s_axil_arvalid": 1}
    while True:
        valid, answer, data = yield drive, ("s_axil_rvalid", "s_axil_rresp", "s_axil_rdata")
        drive = {"s_axil_arvalid": 0}
        if valid:
            break
    assert answer == 0, f"read of {address:#x} was refused: {answer}"
    yield {}, ()
    return data


def _run(spec: ChipSpec, given: Stimulus, fires: Iterable[Iterable[int]], last: int) -> Steps:
    record = Record()
    sources = [deque(np.flatnonzero(given.channel == k).tolist()) for k in range(spec.link_channels)]
    writes = _writes(spec, given)
    reads = deque(_reads(spec))
    pending: tuple[str, int, int] | None = None
    firing: dict[int, int] = {}
    for at, neuron in fires:
        firing[int(at)] = firing.get(int(at), 0) | 1 << int(neuron)
    cycle = min(-TO_EFFECT - 1, int(given.offered.min(initial=0)))
    watch = ("s_axil_rvalid", "s_axil_rdata", *(f"s_axis_{k}_tready" for k in range(spec.link_channels)))
    watch += tuple(f"m_axis_{k}_{name}" for k in range(spec.link_channels) for name in ("tvalid", "tdata")) + TRACED
    ready_now = {}
    while reads or pending or cycle <= last:
        drive: Drive = {"fire": firing.get(cycle, 0), "s_axil_awvalid": 0, "s_axil_wvalid": 0, "s_axil_arvalid": 0}
        if cycle in writes:
            address, word = writes[cycle]
            drive |= {"s_axil_awvalid": 1, "s_axil_wvalid": 1, "s_axil_awaddr": address, "s_axil_wdata": word}
        if cycle >= last and reads and pending is None:
            name, entity, address, delay = reads.popleft()
            pending = (name, entity, cycle + delay)
            drive |= {"s_axil_arvalid": 1, "s_axil_araddr": address}
        for k, waiting in enumerate(sources):
            offer = bool(waiting) and given.offered[waiting[0]] <= cycle
            drive[f"s_axis_{k}_tvalid"] = int(offer)
            if offer:
                word = (
                    int(given.stamp[waiting[0]]) << SPIKE_LABEL_BITS | stray_bits(spec) | int(given.label[waiting[0]])
                )
                drive[f"s_axis_{k}_tdata"] = word
            ready_now[k] = bool(given.ready[k, cycle % given.ready.shape[1]])
            drive[f"m_axis_{k}_tready"] = int(ready_now[k])
        valid, data, *seen = yield drive, watch
        if valid and pending:
            record.counters.append((*pending, data))
            pending = None
        for k, waiting in enumerate(sources):
            if drive[f"s_axis_{k}_tvalid"] and seen[k]:
                record.accepted[waiting.popleft()] = cycle
        seen = seen[spec.link_channels :]
        for k in range(spec.link_channels):
            if seen[2 * k] and ready_now[k]:
                word = seen[2 * k + 1]
                low, channel = word & (1 << SPIKE_LABEL_BITS) - 1, k << SPIKE_LABEL_BITS - bits_for(spec.link_channels)
                label = low & (1 << spec.label_bits) - 1
                assert low == channel | label, f"link {k} sends {word:#x} as of another link"
                record.sent.append((k, word >> SPIKE_LABEL_BITS, label, cycle))
        if cycle >= 0:
            for name, value in zip(TRACED, seen[2 * spec.link_channels :], strict=True):
                record.traces[name].append(value)
        cycle += 1
    record.cycles = cycle - 1
    return record


def _writes(spec: ChipSpec, given: Stimulus) -> dict[int, tuple[int, int]]:
    """Return the writes of the run, by the cycle in which they are offered: the start, and software events."""
    writes = {-TO_EFFECT: control_write(spec, run=True)}
    columns = (given.hemisphere, given.fire_bus, given.row_select, given.synapse_label)
    for at, *event in zip(given.software_cycle, *columns, strict=True):
        writes[int(at) - TO_EFFECT] = software_event(spec, *map(int, event))
    times = sorted(writes)
    assert len(times) == 1 + len(given.software_cycle), "two software events in one cycle"
    assert np.diff(times).min(initial=SPACING) >= SPACING, "software events are too close for the register bus"
    return writes


def _reads(spec: ChipSpec) -> list[tuple[str, int, int, int]]:
    """Return bank, entity, address, and the delay from the offer to the sampling of all counters."""
    registers = register_map(spec)
    banks = [registers.bank(name) for name in COUNTERS]
    return [
        (bank.name, entity, registers.address(bank.name, entity), TO_SAMPLE[bank.region])
        for bank in banks
        for entity in range(bank.count)
    ]
