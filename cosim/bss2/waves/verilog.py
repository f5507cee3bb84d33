"""One sample on level `verilog` as its interface shows it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....behavioral.bss2.analog.core import AnalogConstants
from ....behavioral.bss2.foreign import Words
from ...waves.recording import Recording, Row
from ..digital import LinkEvents
from ..verilog import VerilogLevel
from .signals import interface_signals, link_values
from .watch import watch


def record(
    level: VerilogLevel, link: LinkEvents, analog: AnalogConstants, active: Any, trial: Any, neuron: int
) -> Recording:
    """Run one sample. neuron: the column whose membrane is shown."""
    spec, design = level.spec, level.instance()
    words = Words(link.first, link.words, link.last, spec.link_in_depth)
    counts, sent = np.zeros((1, len(level.registers)), np.int64), np.zeros((1, 2), np.int64)
    fabric, links = level.fabric(design, words, counts, sent), np.zeros((spec.link_channels, 4), np.int64)

    def look(cycle: int) -> Row:
        seen: Row = {"time": cycle}
        design.functions["links"](design.handle, links.ctypes.data)
        for k, (taken, word_in, given, word_out) in enumerate(links.tolist()):
            seen |= link_values(spec, "in", k, word_in) if taken else {}
            seen |= link_values(spec, "out", k, word_out) if given else {}
        return seen

    rows = watch(level, fabric, analog, active, trial, neuron, look)
    level.idle().put(design)
    return Recording("verilog", 1 / spec.clock_hz, interface_signals(spec, neuron), rows)
