"""Analog core and a fabric behind a C interface in lock-step: the kernel of level `verilog`.

The loop of `lockstep.py` with another fabric: clamps and refractory bits are ports of the design, and so is the
trigger of the CADC.
"""

from __future__ import annotations

import numpy as np

from ..numerics.compiled import kernel
from ..numerics.foreign import call
from ..numerics.vectors import append_units
from .analog.core import begin, finish, move, pulse, sample, settle
from .lockstep import DRAIN

TRIGGER = 1 << 32


@kernel
def run_foreign(  # type: ignore[no-untyped-def]
    functions, handle, control, clear, run, depth, quiet, start, stop, first, words, last, analog, analog_state, pulses,
    clamped, refractory, active, trials, cycles, registers, spike_count, spike_cycle, spike_lane, records, counts, sent,
):  # fmt: skip
    """Run samples start:stop; return 0, or 1 + the sample in which the fabric fails.

    It fails if its time does not start at 0, if CADC samples lack, and if its links never come to rest.

    functions: addresses of begin, cycle, drain, read. registers: byte addresses of the counters to read when the sample
    is over and the path has drained. first: int64 (samples, links + 1), the words of a sample and link in `words`.
    last: int64 (samples), cycle in which the last word leaves its link. quiet: cycles, see `wiring.quiet_cycles`.
    pulses: int64 (drivers, 5); clamped, refractory: uint64 words. Out: as `lockstep.run_lockstep`;
    counts: (samples, registers); sent: (samples, 2), words to the host and their sum modulo 2^32.
    """
    units = np.empty(analog_state.u.shape[0] + 1, np.int32)
    fired = analog_state.fired
    pointers = (handle, fired.ctypes.data, pulses.ctypes.data, clamped.ctypes.data, refractory.ctypes.data)
    for b in range(start, stop):
        begin(analog, analog_state, active[b], trials[b])
        clamped[:] = 0
        refractory[:] = 0
        if call(functions[0], (handle, control, clear, run, words.ctypes.data, first[b].ctypes.data, depth)):
            return 1 + b
        spikes, arriving, number = 0, 0, 0
        for cycle in range(cycles):
            for k in range(arriving):
                row = pulses[k]
                pulse(analog, analog_state, row[0], row[1], row[2], row[3], row[4])
            if arriving:
                settle(analog, analog_state)
            move(analog, analog_state, cycle, clamped, refractory)
            fires = append_units(fired, units, 0)
            for k in range(fires):
                spike_cycle[b, spikes], spike_lane[b, spikes] = cycle, units[k]
                spikes += 1
            arriving = call(functions[1], pointers)
            if arriving >= TRIGGER:
                arriving -= TRIGGER
                if number < records.shape[1]:
                    sample(analog, analog_state, number, records[b, number])
                number += 1
        if number != records.shape[1]:
            return 1 + b
        finish(analog, analog_state, records[b])
        spike_count[b] = spikes
        left = max(last[b] + 1 - cycles, 0)
        if not call(functions[2], (handle, left, quiet, DRAIN, sent[b].ctypes.data)):
            return 1 + b
        call(functions[3], (handle, registers.ctypes.data, registers.size, counts[b].ctypes.data))
    return 0
