"""One sample on level `event` with all that can be seen: `behavioral/bss2/lockstep.py`, cycle by cycle."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...behavioral.bss2.analog.core import AnalogConstants, analog_state, begin, move, pulse, settle
from ...behavioral.bss2.fabric.advance import advance, fire
from ...behavioral.bss2.fabric.log import PULSES, SENT, new_log
from ...behavioral.bss2.fabric.state import clear, fabric_state
from ...behavioral.bss2.fabric.stimulus import Traffic
from ...behavioral.digital.records import table
from ...rtl.bss2.buildable import SPIKE_LABEL_BITS
from ..bss2.digital import LinkEvents
from ..bss2.event import EventLevel
from ..bss2.names import bus_names, input_names, link_names
from .recording import (
    Recording,
    Row,
    event_values,
    interface_signals,
    internal_signals,
    link_values,
    neuron_values,
    pulse_values,
)


def record(
    level: EventLevel, link: LinkEvents, analog: AnalogConstants, active: Any, trial: Any, neuron: int
) -> Recording:
    """Run one sample. neuron: the column whose membrane is shown."""
    spec, constants, state = level.spec, level.fabric, fabric_state(level.spec)
    log = new_log(spec, 0, level.cycles * spec.link_channels, spec.columns * level.cycles)
    traffic = Traffic(
        link.first[0], table(label=link.label, release=link.release), level.quiet.software, level.quiet.ready_wait
    )
    rest, rows = analog_state(analog), []
    clear(constants, traffic, state)
    begin(analog, rest, active, trial)
    for cycle in range(level.cycles):
        pulses = sorted(log.pulses[: log.count[PULSES], 1:].tolist())
        for row in pulses:
            pulse(analog, rest, *row)
        if pulses:
            settle(analog, rest)
        ends = state.backend.neurons[: spec.columns]
        clamped, refractory = (_words(ends[name] > cycle, level.lanes) for name in ("clamp_end", "refractory_end"))
        move(analog, rest, cycle, clamped, refractory)
        seen: Row = {"time": cycle, **pulse_values(spec, pulses), **_inside(level, state, cycle)}
        rows.append(seen | neuron_values(spec, neuron, rest, clamped, refractory))
        log.count[PULSES] = 0
        advance(constants, traffic, state, cycle, log)
        for lane in np.flatnonzero(_bits(rest.fired)):
            fire(constants, state, cycle, lane, log)
    _links(level, link, log.sent[: log.count[SENT]], rows)
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


def _bits(words: Any) -> Any:
    return np.unpackbits(words.view(np.uint8), bitorder="little")


def _words(bits: Any, lanes: int) -> Any:
    """Return bits as words of 64."""
    return np.packbits(np.pad(bits, (0, lanes - len(bits))), bitorder="little").view(np.uint64)
