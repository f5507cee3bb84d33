"""Chips of a wafer in lock-step with the transaction-level twin of their digital paths: the kernel of level `event`.

Cycle c of a chip: the pulses that are visible in c act on the analog part; it moves; the clock edge of the digital path
takes the fires of c. What one chip sends acts on another one no sooner than `quantum` cycles later, so each chip runs
so many cycles before it is the turn of the next one; a single chip runs through.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..numerics.compiled import borrowing, kernel
from .analog.core import AnalogConstants, AnalogState, begin, move
from .fabric.advance import Log, advance, step
from .fabric.drivers import Wires, arriving
from .fabric.link_out import send
from .fabric.stimulus import Traffic
from .fabric.tree import PathConstants, PathState, clear, halt
from .fabric.wiring import ENCODERS, TREE


class Chip(NamedTuple):
    """One chip. sources: int64, the chips that it hears, itself first; heads: int64, see `drivers.arriving`.

    for_host: int64 (channels), 1 where events go to the host. log: has room for all DNC outputs of a sample.
    """

    path: PathConstants
    state: PathState
    wires: Wires
    log: Log
    sources: Any
    heads: Any
    for_host: Any
    constants: AnalogConstants
    analog: AnalogState


COUNTS = ("encoder_lost", "encoder_overwritten", "background_overwritten", "link_refused", "out_lost", "line_events")
"""What the kernel counts, without limit of width; the fates of the words of the link are known before."""


@borrowing
def _run(chips, k, traffic, start, stop, pulses, fires, spike_cycle, spike_circuit, spikes):  # type: ignore[no-untyped-def]
    """Run a chip for cycles start to stop − 1; return the number of its spikes so far, −1 if its log is too small."""
    chip = chips[k]
    for cycle in range(start, stop):
        count = 0
        for s in range(chip.sources.shape[0]):
            count = arriving(chip.wires, s, chips[chip.sources[s]].log, chip.heads, cycle, pulses, count)
        number = move(chip.constants, chip.analog, pulses, count, fires)
        for n in range(number):
            spike_cycle[spikes], spike_circuit[spikes] = cycle, fires[n]
            spikes += 1
        if not step(chip.path, traffic, chip.state, cycle, fires, number, chip.log):
            return -1
    return spikes


@borrowing
def _finish(chip, traffic, cycles, drain):  # type: ignore[no-untyped-def]
    """Let what is under way after the last cycle of the run arrive."""
    if not advance(chip.path, traffic, chip.state, cycles, chip.log):
        return False
    halt(traffic, chip.state)
    return advance(chip.path, traffic, chip.state, cycles + drain, chip.log)


@borrowing
def _count(state, counts):  # type: ignore[no-untyped-def]
    for n in range(ENCODERS):
        counts[0, n] = state.encoders[n].lost
        counts[1, n] = state.mergers[n].lost_0
        counts[2, n] = state.mergers[n].lost_1
        counts[3, n] = state.mergers[TREE + n].lost_1


@borrowing
def _for_host(chip, end, rows):  # type: ignore[no-untyped-def]
    """Copy the DNC outputs before cycle `end` that go to the host to `rows`; return how many there are."""
    count = 0
    for n in range(chip.log.count[0]):
        if chip.log.outputs[n, 0] < end and chip.for_host[chip.log.outputs[n, 1]]:
            for field in range(3):
                rows[count, field] = chip.log.outputs[n, field]
            count += 1
    return count


@kernel
def run_lockstep(  # type: ignore[no-untyped-def]
    start, stop, chips, first, link, host_wait, depth, stamp_mask, quantum, cycles, drain, spike_count, spike_cycle,
    spike_circuit, word_count, words, counts,
):  # fmt: skip
    """Run samples start:stop one after the other; stop early and return the sample whose log was too small, else −1.

    first: int64 (chips, samples, channels + 1), released events in `link` (address, visible). drain: cycles after the
    run. Out: spike_count, word_count (samples, chips); spike_cycle, spike_circuit (samples, chips, room); words
    (samples, chips, room, 4) as in `link_out.sent_words`; counts (samples, chips, `COUNTS`, 8).
    """
    drivers = chips[0].path.neurons.shape[0]  # no chip has more drivers than circuits
    for k in range(len(chips)):
        drivers = max(drivers, chips[k].constants.synapses.place.shape[0])
    pulses, fires = np.empty((drivers, 3), np.int64), np.empty(drivers, np.int64)
    rows = np.empty_like(chips[0].log.outputs)
    for b in range(start, stop):
        for k in range(len(chips)):
            chip = chips[k]
            chip.log.count[0] = 0
            chip.heads[:] = 0
            clear(chip.path, Traffic(first[k, b], link), chip.state)
            begin(chip.analog)
        for now in range(0, cycles, quantum):
            for k in range(len(chips)):
                spike_count[b, k] = _run(
                    chips, k, Traffic(first[k, b], link), now, min(now + quantum, cycles), pulses, fires,
                    spike_cycle[b, k], spike_circuit[b, k], spike_count[b, k],
                )  # fmt: skip
                if spike_count[b, k] < 0:
                    return b
        for k in range(len(chips)):
            if not _finish(chips[k], Traffic(first[k, b], link), cycles, drain):
                return b
            end = cycles + drain
            number = _for_host(chips[k], end, rows)
            found = send(rows[:number], host_wait, depth, stamp_mask, cycles, end, words[b, k], counts[b, k, 4])
            while found and words[b, k, found - 1, 3] >= end:
                found -= 1
            word_count[b, k] = found
            _count(chips[k].state, counts[b, k])
            for n in range(chips[k].log.count[0]):
                if chips[k].log.outputs[n, 0] <= end:
                    counts[b, k, 5, chips[k].log.outputs[n, 1]] += 1
    return -1
