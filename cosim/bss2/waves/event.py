"""One sample on level `event` with all that can be seen."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....behavioral.bss2.analog.core import AnalogConstants
from ....behavioral.bss2.fabric.log import SENT
from ....behavioral.bss2.twin import COUNTS
from ....rtl.bss2.buildable import SPIKE_LABEL_BITS
from ...waves.recording import Recording, Row
from ..digital import LinkEvents
from ..event import EventLevel
from ..names import bus_names, input_names, link_names
from .signals import event_values, interface_signals, internal_signals, link_values
from .watch import watch


def record(
    level: EventLevel, link: LinkEvents, analog: AnalogConstants, active: Any, trial: Any, neuron: int
) -> Recording:
    """Run one sample. neuron: the column whose membrane is shown."""
    spec, each = level.spec, EventLevel(level.topology, level.chip, level.grid, skip=False)
    room = max(level.cycles * spec.link_channels, spec.columns * level.cycles)
    fabric = each.twin(link, np.zeros((1, len(COUNTS)), np.int64), room)

    def look(cycle: int) -> Row:
        return {"time": cycle, **_inside(level, fabric.state, cycle)}

    rows = watch(each, fabric, analog, active, trial, neuron, look)
    _links(level, link, fabric.log.sent[: fabric.log.count[SENT]], rows)
    return Recording("event", 1 / spec.clock_hz, interface_signals(spec, neuron) | internal_signals(spec), rows)


def _inside(level: EventLevel, state: Any, cycle: int) -> Row:
    """Return what is visible at the inputs of the crossbar, at its outputs to the buses, and on these."""
    spec, out = level.spec, Row()
    for name, source in zip(input_names(spec), state.inputs, strict=True):
        if source["held"] == cycle:
            out |= event_values(spec, "crossbar_in", name, int(source["label"]))
    for name, bus in zip(bus_names(spec), state.padi, strict=True):
        for place in bus:
            if place["cycle"] == cycle:
                out |= event_values(spec, "bus", name, int(place["label"]))
            elif place["cycle"] == cycle + 1:
                out |= event_values(spec, "crossbar_out", name, int(place["label"]))
    return out


def _links(level: EventLevel, link: LinkEvents, sent: Any, rows: list[Row]) -> None:
    """Enter what the links take from the host and give to it, and what the crossbar sends to them."""
    spec, first = level.spec, link.first[0]
    for k in range(spec.link_channels):
        for e in range(first[k], first[k + 1]):
            if 0 <= link.accepted[e] < len(rows):
                rows[link.accepted[e]] |= link_values(spec, "in", k, int(link.words[e]))
    for channel, stamp, label, handshake in sent.tolist():
        if stamp < len(rows):
            rows[stamp] |= event_values(spec, "crossbar_out", link_names(spec)[channel], label)
        if handshake < len(rows):
            word = stamp << SPIKE_LABEL_BITS | label
            rows[handshake] |= link_values(spec, "out", channel, word)
