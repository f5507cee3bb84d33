"""One sample on level `verilog` as its interface shows it: the lock-step of `behavioral/bss2/lockstep_foreign.py`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...behavioral.bss2.analog.core import AnalogConstants, analog_state, begin, move, pulse, settle
from ...behavioral.bss2.lockstep_foreign import TRIGGER
from ..bss2.digital import LinkEvents
from ..bss2.verilog import VerilogLevel
from ..verilated.library import Fabric
from .recording import Recording, Row, interface_signals, link_values, neuron_values, pulse_values


def record(
    level: VerilogLevel, link: LinkEvents, analog: AnalogConstants, active: Any, trial: Any, neuron: int
) -> Recording:
    """Run one sample. neuron: the column whose membrane is shown."""
    spec, fabric = level.spec, Fabric(level.spec, level.program.fabric)
    state, words, first = analog_state(analog), link.words, link.first[0].copy()
    pulses = np.zeros((spec.hemispheres * spec.drivers, 5), np.int64)
    links = np.zeros((spec.link_channels, 4), np.int64)
    clamped, refractory = np.zeros((2, level.lanes // 64), np.uint64)
    outputs = (state.fired.ctypes.data, pulses.ctypes.data, clamped.ctypes.data, refractory.ctypes.data)
    call, rows, count = fabric.functions, [], 0
    begin(analog, state, active, trial)
    start = (fabric.control, fabric.clear, fabric.run, words.ctypes.data, first.ctypes.data, spec.link_in_depth)
    call["begin"](fabric.handle, *start)
    for cycle in range(level.cycles):
        for row in pulses[:count].tolist():
            pulse(analog, state, *row)
        if count:
            settle(analog, state)
        move(analog, state, cycle, clamped, refractory)
        seen: Row = {"time": cycle, **pulse_values(spec, pulses[:count])}
        seen |= neuron_values(spec, neuron, state, clamped, refractory)
        call["links"](fabric.handle, links.ctypes.data)
        for k, (taken, word_in, given, word_out) in enumerate(links.tolist()):
            seen |= link_values(spec, "in", k, word_in) if taken else {}
            seen |= link_values(spec, "out", k, word_out) if given else {}
        rows.append(seen)
        count = call["cycle"](fabric.handle, *outputs) % TRIGGER
    fabric.close()
    return Recording("verilog", 1 / spec.clock_hz, interface_signals(spec, neuron), rows)
