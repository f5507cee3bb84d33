"""One run of the digital path of a HICANN as its host and its analog core see it, on any simulator.

Like `tests/cocotb/bss2/session.py`, whose register accesses it uses: a generator yields what to drive and to watch.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.result import LOSSES
from inloop.behavioral.bss1.fabric.stimulus import Stimulus
from inloop.behavioral.bss1.fabric.wiring import ENCODERS
from inloop.behavioral.bss1.fabric.words import packed
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.rtl.bss1.register_map import config_writes, control_write, register_map

from tests.cocotb.bss2.session import TO_EFFECT, TO_SAMPLE, Drive, Steps, take_left, write

TRACED = ("system_time", "strobe", "synapse_address")
COUNTERS = (*LOSSES, "line_events")
STRAY = 0b101
"""Bits of a word above its channel, which the chip ignores; the session sets them."""


@dataclass
class Record:
    """What was seen: traces per signal of cycles 0 to `cycles`; words sent with the cycle of their handshake; lines:
    rows of cycle, line, address of events at the ends of the chip's lines; counters: (bank, entity, cycle, word);
    refused: cycles in which the link was not ready."""

    cycles: int = 0
    traces: dict[str, list[int]] = field(default_factory=lambda: {name: [] for name in TRACED})
    sent: list[tuple[int, int]] = field(default_factory=list)
    lines: list[list[int]] = field(default_factory=list)
    counters: list[tuple[str, int, int, int]] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)


def session(
    spec: Bss1Spec, config: FabricConfig, given: Stimulus, cycles: int, fires: Iterable[Iterable[int]]
) -> Steps:
    """Reset, configure, clear and run `cycles` cycles; then read all counters while time runs on."""
    yield from reset()
    for address, word in config_writes(spec, config, FabricConfig.default(spec)):
        yield from write(address, word)
    return (yield from sample(spec, given, cycles, fires))


def sample(spec: Bss1Spec, given: Stimulus, cycles: int, fires: Iterable[Iterable[int]]) -> Steps:
    """Clear the state and run, with the configuration as it is."""
    yield from write(*control_write(spec, clear=True))
    yield from take_left(["m_axis"])
    return (yield from run_from_clear(spec, given, cycles, fires))


def reset() -> Steps:
    """Reset with all inputs at rest."""
    drive = {"reset": 1, "fire": 0, "s_axil_bready": 1, "s_axil_rready": 1, "s_axil_wstrb": 0xF}
    drive |= {f"s_axil_{name}": 0 for name in ("awaddr", "awvalid", "wdata", "wvalid", "araddr", "arvalid")}
    drive |= dict.fromkeys(("s_axis_tvalid", "s_axis_tdata", "m_axis_tready", "foreign_valid", "foreign_addresses"), 0)
    yield drive, ()
    yield {}, ()
    yield {"reset": 0}, ()


def run_from_clear(spec: Bss1Spec, given: Stimulus, last: int, fires: Iterable[Iterable[int]]) -> Steps:
    """Run a cleared design for cycles 0 to `last`, then read all counters while time runs on."""
    record, reads = Record(), deque(_reads(spec))
    pending: tuple[str, int, int] | None = None
    firing: dict[int, int] = {}
    for at, circuit in fires:
        firing[int(at)] = firing.get(int(at), 0) | 1 << int(circuit)
    words, above = {}, spec.stamp_bits + spec.address_bits + 3
    for at, *word in zip(given.arrival, given.channel, given.address, given.stamp, strict=True):
        words[int(at)] = packed(spec, *map(int, word)) | STRAY << above
    foreign: dict[int, tuple[int, int]] = {}
    for at, line, address in zip(given.foreign_cycle, given.line, given.foreign_address, strict=True):
        valid, addresses = foreign.get(int(at), (0, 0))
        n = int(line) - ENCODERS
        foreign[int(at)] = valid | 1 << n, addresses | int(address) << n * spec.address_bits
    control = control_write(spec, run=True)
    cycle = min([-TO_EFFECT - 1, *words])
    watch = ("s_axil_rvalid", "s_axil_rdata", "s_axis_tready", "m_axis_tvalid", "m_axis_tdata", "line_valid")
    watch += ("line_addresses", *TRACED)
    while reads or pending or cycle <= last:
        starting = int(cycle == -TO_EFFECT)
        drive: Drive = {"fire": firing.get(cycle, 0), "s_axil_arvalid": 0}
        drive |= {"s_axil_awvalid": starting, "s_axil_wvalid": starting}
        if starting:
            drive |= {"s_axil_awaddr": control[0], "s_axil_wdata": control[1]}
        if cycle >= last and reads and pending is None:
            name, entity, address = reads.popleft()
            pending = (name, entity, cycle + TO_SAMPLE["status"])
            drive |= {"s_axil_arvalid": 1, "s_axil_araddr": address}
        ready = bool(given.ready[cycle % len(given.ready)])
        drive |= {"s_axis_tvalid": int(cycle in words), "s_axis_tdata": words.get(cycle, 0)}
        drive |= {"m_axis_tready": int(ready)}
        drive["foreign_valid"], drive["foreign_addresses"] = foreign.get(cycle, (0, 0))
        valid, data, taken, offered, word, on_line, addresses, *seen = yield drive, watch
        if valid and pending:
            record.counters.append((*pending, data))
            pending = None
        if not taken:
            record.refused.append(cycle)
        if offered and ready:
            record.sent.append((word, cycle))
        if cycle >= 0:
            for name, value in zip(TRACED, seen, strict=True):
                record.traces[name].append(value)
            for n in range(ENCODERS):
                if on_line >> n & 1:
                    record.lines.append([cycle, n, addresses >> n * spec.address_bits & spec.line_addresses - 1])
        cycle += 1
    record.cycles = cycle - 1
    return record


def _reads(spec: Bss1Spec) -> list[tuple[str, int, int]]:
    """Return bank, entity and address of all counters."""
    registers = register_map(spec)
    return [(name, n, registers.address(name, n)) for name in COUNTERS for n in range(registers.bank(name).count)]
