"""Analog core and transaction-level fabric in lock-step: the kernel of level `event`.

Cycle c: the pulses that are visible in c reach the synapses; membranes move; comparators fire; the fabric takes the
fires of c and says which pulses are visible in c + 1 (docs/spike-path.md, "One cycle").
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ..digital.counters import drop_registers, event_registers, lost_registers, spike_registers
from ..numerics.compiled import borrowing, kernel
from ..numerics.vectors import LANES, append_units
from .analog.core import begin, finish, move, pulse, sample, settle
from .fabric.advance import advance, step
from .fabric.log import PULSES, SENT, SPIKES
from .fabric.state import clear
from .fabric.stimulus import Traffic

DRAIN: Final = 1 << 20
"""Cycles in which what is on its way arrives, at least, once the links from the host are empty."""


COUNTS: Final = ("dropped", "routed", "lost", "counted", "sent", "sent_words")
"""What is counted in a sample, in the order of the kernel: counters of drops, of events and of lost spikes and spike
counters, all as read and summed over the chip; words to the host, and their sum modulo 2^32."""
WORD_SUM: Final = (1 << 32) - 1


class Holds(NamedTuple):
    """Which neurons the backend clamps and which are refractory, as bits, and until when.

    clamped, refractory: uint64 words. ends: int64 (2, lanes), first cycles in which clamp and rest are over. next:
    int64 (1), the first cycle in which something ends.
    """

    clamped: Any
    refractory: Any
    ends: Any
    next: Any


def holds(lanes: int) -> Holds:
    """Return room for the state of one sample."""
    words = lanes // LANES
    return Holds(
        np.zeros(words, np.uint64), np.zeros(words, np.uint64), np.zeros((2, lanes), np.int64), np.zeros(1, np.int64)
    )


@borrowing
def _release(held, cycle):  # type: ignore[no-untyped-def]
    """Clear the bits of what ended by `cycle` and find out what ends next."""
    held.next[0] = np.iinfo(np.int64).max
    for kind in range(2):
        words = held.clamped if kind == 0 else held.refractory
        for n in range(held.ends.shape[1]):
            bit = np.uint64(1) << np.uint64(n % LANES)
            if words[n // LANES] & bit:
                if held.ends[kind, n] <= cycle:
                    words[n // LANES] &= ~bit
                else:
                    held.next[0] = min(held.next[0], held.ends[kind, n])


@borrowing
def _hold(held, row):  # type: ignore[no-untyped-def]
    """Note an accepted spike: cycle, neuron, end of the clamp, end of the refractory period."""
    n, bit = row[1], np.uint64(1) << np.uint64(row[1] % LANES)
    held.ends[0, n], held.ends[1, n] = row[2], row[3]
    held.clamped[n // LANES] |= bit
    held.refractory[n // LANES] |= bit
    held.next[0] = min(held.next[0], row[2], row[3])


@borrowing
def _by_driver(rows, count):  # type: ignore[no-untyped-def]
    """Sort pulses, which come bus by bus, in place: charges add up in the order of the drivers at every level."""
    for k in range(1, count):
        place = k
        while place > 0 and rows[place - 1, 1] > rows[place, 1]:
            for field in range(rows.shape[1]):
                rows[place, field], rows[place - 1, field] = rows[place - 1, field], rows[place, field]
            place -= 1


@borrowing
def _edge(constants, traffic, state, cycle, fired, count, log):  # type: ignore[no-untyped-def]
    return step(constants, traffic, state, cycle, fired, count, log)


@borrowing
def _finish(constants, traffic, state, cycle, log):  # type: ignore[no-untyped-def]
    return advance(constants, traffic, state, cycle, log)


@borrowing
def _drained(traffic, cycles):  # type: ignore[no-untyped-def]
    """Return a cycle by which all events of the links, and what they cause, have arrived."""
    last = cycles
    for k in range(traffic.first.shape[0] - 1):
        if traffic.first[k] < traffic.first[k + 1]:
            last = max(last, traffic.link[traffic.first[k + 1] - 1].release)
    return last + DRAIN


@kernel
def run_sample(  # type: ignore[no-untyped-def]
    fabric, traffic, fabric_state, log, analog, analog_state, held, active, trial, cycles, sample_cycles, skip,
    spike_cycle, spike_lane, records,
):  # fmt: skip
    """Run one sample; return the number of spikes, −1 if the log is too small.

    skip: leave out clock edges of the fabric that can cause nothing. In the end the path drains. Out: spikes as cycle
    and lane, in that order, and the CADC samples (samples, lanes); events to the host and spikes are in the log.
    """
    log.count[:] = 0
    clear(fabric, traffic, fabric_state)
    begin(analog, analog_state, active, trial)
    held.clamped[:] = 0
    held.refractory[:] = 0
    held.next[0] = np.iinfo(np.int64).max
    wake = fabric_state.wake
    units = np.empty(held.ends.shape[1] + 1, np.int32)
    pulses, spikes = 0, 0
    for cycle in range(cycles):
        _by_driver(log.pulses, pulses)
        for k in range(pulses):
            row = log.pulses[k]
            pulse(analog, analog_state, row[1], row[2], row[3], row[4], row[5])
        if pulses:
            settle(analog, analog_state)
        if cycle >= held.next[0]:
            _release(held, cycle)
        move(analog, analog_state, cycle, held.clamped, held.refractory)
        fires = append_units(analog_state.fired, units, 0)
        if fires or cycle >= wake[0] or not skip:
            accepted = log.count[SPIKES]
            pulses = _edge(fabric, traffic, fabric_state, cycle, units, fires, log)
            if pulses < 0:
                return -1
            for k in range(accepted, log.count[SPIKES]):
                _hold(held, log.spikes[k])
                spike_cycle[spikes], spike_lane[spikes] = cycle, log.spikes[k, 1]
                spikes += 1
        else:
            pulses = 0
        if (cycle + 1) % sample_cycles == 0:
            number = (cycle + 1) // sample_cycles - 1
            sample(analog, analog_state, number, records[number])
    finish(analog, analog_state, records)
    end = _drained(traffic, cycles)
    while not _finish(fabric, traffic, fabric_state, end, log):
        if not log.count[PULSES]:
            return -1
        log.count[PULSES] = 0
    return spikes


@kernel
def run_lockstep(  # type: ignore[no-untyped-def]
    start, stop, fabric, first, link, software, ready_wait, fabric_state, log, analog, analog_state, held, active,
    trials, cycles, sample_cycles, skip, room, word_places, spike_count, spike_cycle, spike_lane, records, counts,
):  # fmt: skip
    """Run samples start:stop one after the other; stop early and return the sample whose log was too small, else −1.

    first: int64 (samples, links + 1), events of a sample and link in `link` (label, release). active: (samples, lanes).
    word_places: lowest bit of stamp and of channel in a word to the host.
    Out, per sample: spike_count; spikes from index sample · room; records (samples, CADC samples, lanes); counts in the
    order of `COUNTS`.
    """
    stamp_place, channel_place = word_places
    for b in range(start, stop):
        traffic = Traffic(first[b], link, software, ready_wait)
        at = b * room
        found = run_sample(
            fabric, traffic, fabric_state, log, analog, analog_state, held, active[b], trials[b], cycles,
            sample_cycles, skip, spike_cycle[at : at + room], spike_lane[at : at + room], records[b],
        )  # fmt: skip
        if found < 0:
            return b
        spike_count[b] = found
        counts[b, 0] = drop_registers(fabric.crossbar, fabric_state.crossbar.nodes)
        counts[b, 1] = event_registers(fabric.crossbar, fabric_state.crossbar.outputs)
        counts[b, 2] = lost_registers(fabric_state.backend.outputs)
        counts[b, 3] = spike_registers(fabric_state.backend.neurons)
        counts[b, 4] = log.count[SENT]
        for k in range(log.count[SENT]):
            row = log.sent[k]
            counts[b, 5] += (row[1] << stamp_place | row[0] << channel_place | row[2]) & WORD_SUM
    return -1
