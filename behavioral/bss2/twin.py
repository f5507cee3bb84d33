"""The twin of the fabric of BrainScaleS-2 in lock-step (`behavioral/lockstep.py`): level `event`.

It does the clock edges that can cause something, and leaves out the others. When clamps and refractory periods end
follows from its log of accepted spikes.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import lockstep
from ..numerics.compiled import borrowing
from ..numerics.vectors import LANES
from .analog.core import Held, nothing_held
from .fabric import state as blocks
from .fabric.advance import advance, step
from .fabric.counters import drop_registers, event_registers, lost_registers, spike_registers
from .fabric.log import PULSES, SENT, SPIKES, Log, new_log
from .fabric.state import FabricConstants, FabricState, fabric_state
from .fabric.stimulus import Traffic
from .spec import ChipSpec

DRAIN: Final = 1 << 20
"""Cycles in which what is on its way arrives, at least, once the links from the host are empty."""
COUNTS: Final = ("dropped", "routed", "lost", "counted", "sent", "sent_words")
"""What the twin counts in a sample, in the order of the kernel: counters of drops, of events and of lost spikes and
spike counters, all as read and summed over the chip; words to the host, and their sum modulo 2^32."""
WORD_SUM: Final = (1 << 32) - 1


class Clock(NamedTuple):
    """cycles: of a sample. sample_cycles: between two samples of the CADC. skip: leave out idle clock edges."""

    cycles: int
    sample_cycles: int
    skip: bool


class Twin(NamedTuple):
    """The twin with a state of its own. events: the traffic of the sample that runs; first: int64 (samples, links + 1).

    log: what it writes down; pulses: the columns of its pulses that a core takes. held: bits, for `ends`: int64 (2,
    lanes), first cycles in which clamp and rest are over; next_end: int64 (1), the first cycle in which something ends.
    word_places: lowest bit of stamp and of channel in a word to the host. counts: int64 (samples, `COUNTS`).
    """

    constants: FabricConstants
    state: FabricState
    events: Traffic
    first: Any
    log: Log
    pulses: Any
    held: Held
    ends: Any
    next_end: Any
    clock: Clock
    word_places: tuple[int, int]
    counts: Any


def fabric_twin(
    spec: ChipSpec, constants: FabricConstants, events: Traffic, clock: Clock, word_places: tuple[int, int],
    counts: NDArray[np.int64], room: int, lanes: int,
) -> Twin:  # fmt: skip
    """Return a twin. events: of all samples, `first` (samples, links + 1). room: for spikes and events to the host."""
    log = new_log(spec, 0, room, room)
    return Twin(
        constants, fabric_state(spec), events._replace(first=np.zeros(events.first.shape[1], np.int64)), events.first,
        log, log.pulses[:, 1:], nothing_held(lanes), np.zeros((2, lanes), np.int64), np.zeros(1, np.int64), clock,
        word_places, counts,
    )  # fmt: skip


@lockstep.clear.of(Twin, borrowing)
def _clear(fabric, sample):  # type: ignore[no-untyped-def]
    fabric.log.count[:] = 0
    for k in range(fabric.first.shape[1]):
        fabric.events.first[k] = fabric.first[sample, k]
    blocks.clear(fabric.constants, fabric.events, fabric.state)
    fabric.held.clamped[:] = 0
    fabric.held.refractory[:] = 0
    fabric.next_end[0] = np.iinfo(np.int64).max
    return True


@lockstep.show.of(Twin)
def _show(fabric, cycle):  # type: ignore[no-untyped-def]
    count = fabric.log.count[PULSES]
    if count > 1:
        by_driver(fabric.log.pulses, count)
    if cycle >= fabric.next_end[0]:
        _release(fabric, cycle)
    return count


@lockstep.edge.of(Twin)
def _edge(fabric, cycle, fires, count):  # type: ignore[no-untyped-def]
    if count or cycle >= fabric.state.wake[0] or not fabric.clock.skip:
        return _busy_edge(fabric, cycle, fires, count)
    fabric.log.count[PULSES] = 0
    return True


@borrowing
def _busy_edge(fabric, cycle, fires, count):  # type: ignore[no-untyped-def]
    accepted = fabric.log.count[SPIKES]
    if step(fabric.constants, fabric.events, fabric.state, cycle, fires, count, fabric.log) < 0:
        return False
    for k in range(accepted, fabric.log.count[SPIKES]):
        _hold(fabric, fabric.log.spikes[k])
    return True


@lockstep.triggered.of(Twin)
def _triggered(fabric, cycle):  # type: ignore[no-untyped-def]
    return (cycle + 1) % fabric.clock.sample_cycles == 0


@lockstep.drain.of(Twin, borrowing)
def _drain(fabric, sample):  # type: ignore[no-untyped-def]
    end, log = _drained(fabric.events, fabric.clock.cycles), fabric.log
    while not advance(fabric.constants, fabric.events, fabric.state, end, log):
        if not log.count[PULSES]:
            return False
        log.count[PULSES] = 0
    counts, state = fabric.counts[sample], fabric.state
    counts[0] = drop_registers(fabric.constants.crossbar, state.crossbar.nodes)
    counts[1] = event_registers(fabric.constants.crossbar, state.crossbar.outputs)
    counts[2] = lost_registers(state.backend.outputs)
    counts[3] = spike_registers(state.backend.neurons)
    counts[4] = log.count[SENT]
    stamp_place, channel_place = fabric.word_places
    for k in range(log.count[SENT]):
        row = log.sent[k]
        counts[5] += (row[1] << stamp_place | row[0] << channel_place | row[2]) & WORD_SUM
    return True


@borrowing
def _drained(traffic, cycles):  # type: ignore[no-untyped-def]
    """Return a cycle by which all events of the links, and what they cause, have arrived."""
    last = cycles
    for k in range(traffic.first.shape[0] - 1):
        if traffic.first[k] < traffic.first[k + 1]:
            last = max(last, traffic.link[traffic.first[k + 1] - 1].release)
    return last + DRAIN


@borrowing
def _release(fabric, cycle):  # type: ignore[no-untyped-def]
    """Clear the bits of what ended by `cycle` and find out what ends next."""
    fabric.next_end[0] = np.iinfo(np.int64).max
    for kind in range(2):
        words = fabric.held.clamped if kind == 0 else fabric.held.refractory
        for n in range(fabric.ends.shape[1]):
            bit = np.uint64(1) << np.uint64(n % LANES)
            if words[n // LANES] & bit:
                if fabric.ends[kind, n] <= cycle:
                    words[n // LANES] &= ~bit
                else:
                    fabric.next_end[0] = min(fabric.next_end[0], fabric.ends[kind, n])


@borrowing
def _hold(fabric, row):  # type: ignore[no-untyped-def]
    """Note an accepted spike: cycle, neuron, end of the clamp, end of the refractory period."""
    n, bit = row[1], np.uint64(1) << np.uint64(row[1] % LANES)
    fabric.ends[0, n], fabric.ends[1, n] = row[2], row[3]
    fabric.held.clamped[n // LANES] |= bit
    fabric.held.refractory[n // LANES] |= bit
    fabric.next_end[0] = min(fabric.next_end[0], row[2], row[3])


@borrowing
def by_driver(rows, count):  # type: ignore[no-untyped-def]
    """Sort pulses, which come bus by bus, in place: charges add up in the order of the drivers at every level."""
    for k in range(1, count):
        place = k
        while place > 0 and rows[place - 1, 1] > rows[place, 1]:
            for field in range(rows.shape[1]):
                rows[place, field], rows[place - 1, field] = rows[place - 1, field], rows[place, field]
            place -= 1
