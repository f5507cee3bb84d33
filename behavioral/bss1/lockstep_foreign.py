"""Chips of a wafer in lock-step with digital paths behind a C interface: the kernel of level `verilog`.

The loop of `lockstep.py` with other paths. An event at the end of a line of one chip enters another one `hop` cycles
later.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..numerics.compiled import borrowing, kernel
from ..numerics.foreign import call
from .analog.core import AnalogConstants, AnalogState, begin, move

LINES = 1 << 32
"""What counts an event at the end of a line in the result of a cycle; a pulse counts 1."""


class Chip(NamedTuple):
    """One chip. handle: of its path.

    sources: int64, the chips that it hears, itself first. line: int64 (sources, lines), on which line of this chip a
    line of the source is heard, −1 for none. lines: rows of cycle, line, address of events at the ends of its own
    lines, so far count[0]; heads: int64 (sources), the first event of each source that has not arrived yet.
    """

    handle: int
    sources: Any
    line: Any
    lines: Any
    count: Any
    heads: Any
    constants: AnalogConstants
    analog: AnalogState


@borrowing
def _heard(chip, chips, hop, cycle, rows):  # type: ignore[no-untyped-def]
    """Write the events of other chips that enter in this cycle to rows of line and address; return how many."""
    count = 0
    for s in range(1, chip.sources.shape[0]):
        source = chips[chip.sources[s]]
        while chip.heads[s] < source.count[0] and source.lines[chip.heads[s], 0] + hop <= cycle:
            line = chip.line[s, source.lines[chip.heads[s], 1]]
            if line >= 0:
                rows[count, 0], rows[count, 1] = line, source.lines[chip.heads[s], 2]
                count += 1
            chip.heads[s] += 1
    return count


@kernel
def run_foreign(  # type: ignore[no-untyped-def]
    functions, control, start, stop, chips, first, words, lead, quantum, hop, cycles, drain, pulses, foreign, registers,
    spike_count, spike_cycle, spike_circuit, word_count, sent, counts,
):  # fmt: skip
    """Run samples start:stop; return 0, or 1 + the sample whose time did not start at 0, or whose words had no room.

    functions: addresses of begin, cycle, drain, read. control: address, and values that clear, run and stop. first:
    int64 (chips, samples + 1), the words of a sample in `words` (arrival, word). lead: cycles before the run in which
    words may arrive. pulses, foreign: int64, room for what is visible in a cycle, per chip (chips, drivers, 3),
    (chips, lines, 2). registers: byte addresses of the counters to read when the paths have drained. Out: as
    `lockstep.run_lockstep`; sent: (samples, chips, room, 2), cycle and word; counts: (samples, chips, registers).
    """
    fires = np.empty(pulses.shape[1], np.int64)
    arriving, number = np.zeros(len(chips), np.int64), 0
    for b in range(start, stop):
        for k in range(len(chips)):
            chip = chips[k]
            begin(chip.analog)
            chip.heads[:] = 0
            chip.count[0] = arriving[k] = 0
            given = first[k, b + 1] - first[k, b]
            pointer = words.ctypes.data + first[k, b] * 2 * words.itemsize
            if call(functions[0], (chip.handle, *control, pointer, given, lead, cycles)):
                return 1 + b
        for now in range(0, cycles, quantum):
            for k in range(len(chips)):
                chip, spikes = chips[k], spike_count[b, k]
                several = chip.sources.shape[0] > 1
                fired, rows, heard = fires.ctypes.data, pulses[k].ctypes.data, foreign[k].ctypes.data
                lines, row = chip.lines.ctypes.data, chip.lines.shape[1] * chip.lines.itemsize
                for cycle in range(now, min(now + quantum, cycles)):
                    number = move(chip.constants, chip.analog, pulses[k], arriving[k], fires)
                    for n in range(number):
                        spike_cycle[b, k, spikes], spike_circuit[b, k, spikes] = cycle, fires[n]
                        spikes += 1
                    entering = _heard(chip, chips, hop, cycle, foreign[k]) if several else 0
                    at = lines + chip.count[0] * row
                    seen = call(functions[1], (chip.handle, fired, number, heard, entering, rows, at))
                    arriving[k] = seen % LINES
                    if several:
                        chip.count[0] += seen // LINES
                spike_count[b, k] = spikes
        for k in range(len(chips)):
            room = sent.shape[2]
            word_count[b, k] = call(functions[2], (chips[k].handle, drain, sent[b, k].ctypes.data, room))
            if word_count[b, k] < 0:
                return 1 + b
            call(functions[3], (chips[k].handle, registers.ctypes.data, registers.size, counts[b, k].ctypes.data))
    return 0
