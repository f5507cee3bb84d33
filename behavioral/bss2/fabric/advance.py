"""The twin in motion: from event to event up to a given cycle, and the fires of that cycle.

`step` is one fabric cycle as the analog core sees it. The cost goes with events; a cycle in which no pulse can come
into being costs one comparison. Within a cycle, outputs of the crossbar grant before its nodes take new events, and
nodes take what is visible before sources emit what will be visible in the next cycle.
"""

from __future__ import annotations

from typing import Final

from ...digital.ticks import NEVER
from ...numerics.compiled import borrowing, inlined
from .backend import accept, grant
from .background import NO_EVENT, next_event
from .crossbar import TO_BUS, arrive, serve
from .log import PULSES, SPIKES, has_room, write
from .padi import hand_on, put
from .state import next_release

FROM_STROBE: Final = 1
FROM_INPUT: Final = 1 + TO_BUS
FROM_SOURCE: Final = 1 + FROM_INPUT
"""Cycles until an event is on its bus: from a software strobe, the crossbar input, the emission."""


@borrowing
def advance(constants, traffic, state, until, log):  # type: ignore[no-untyped-def]
    """Do all clock edges of cycles up to `until`; log what they cause, pulses up to cycle `until + 1`.

    Returns False if the log is short of room: empty it and call again.
    """
    hand_on(constants.drivers, state.padi, state.drivers, until, log)
    cycle = _next_source(traffic, state)
    while has_room(log):
        if cycle > until:
            break
        _moment(constants, traffic, state, cycle, until, log)
        cycle = _next_source(traffic, state)
    else:
        return False
    for output in range(state.crossbar.outputs.shape[0]):
        if state.crossbar.outputs[output].waiting:
            serve(constants, traffic.ready_wait, state, output, until, until, log)
    state.wake[0] = _next_pulse(traffic, state)
    return True


@borrowing
def fire(constants, state, cycle, neuron, log):  # type: ignore[no-untyped-def]
    """Let a neuron's comparator fire in `cycle`, up to which the state was advanced; return whether it counts."""
    blocks = constants.backend
    if not accept(blocks, state.backend, neuron, cycle):
        return False
    ends, fixed = state.backend.neurons[neuron], blocks.neurons[neuron]
    write(log.spikes, log.count, SPIKES, cycle, neuron, ends.clamp_end, ends.refractory_end)
    if fixed.enable:
        output = state.inputs[fixed.output]
        output.due = min(output.due, cycle + 1)
        state.wake[0] = min(state.wake[0], cycle + 1 + FROM_SOURCE)
    return True


@inlined
def step(constants, traffic, state, cycle, fired, count, log):  # type: ignore[no-untyped-def]
    """Do one cycle: `fired[:count]` are the neurons that fire in it. Return the number of pulses it causes.

    They are the first rows of `log.pulses` and visible in cycle + 1. Events to the host and accepted spikes add up in
    the log; −1 if that is too small. The caller may leave out cycles before `next_activity` in which no neuron
    fires, and calls `advance` once after the last cycle. It should be `borrowing` itself: this is inlined into it.
    """
    log.count[PULSES] = 0
    if log.count[SPIKES] + count > log.spikes.shape[0]:
        return -1
    if not advance(constants, traffic, state, cycle, log):
        return -1
    for k in range(count):
        fire(constants, state, cycle, fired[k], log)
    return log.count[PULSES]


@borrowing
def next_activity(state):  # type: ignore[no-untyped-def]
    """Return the first cycle whose clock edge can cause a pulse, if no neuron fires until then."""
    return state.wake[0]


@borrowing
def clamped(state, neuron, cycle):  # type: ignore[no-untyped-def]
    """Return whether the membrane of a neuron is clamped in `cycle`, which lies after the last step."""
    return cycle < state.backend.neurons[neuron].clamp_end


@borrowing
def _next_source(traffic, state):  # type: ignore[no-untyped-def]
    """Return the next cycle in which an event enters the crossbar, its input register, or a bus by software."""
    cycle = NEVER
    for source in state.inputs:
        cycle = min(cycle, source.due, source.held)
    software = state.cursor[-1]
    return min(cycle, traffic.software[software].cycle) if software < traffic.software.shape[0] else cycle


@borrowing
def _next_pulse(traffic, state):  # type: ignore[no-untyped-def]
    """Return the next cycle in which an event can be on a bus."""
    cycle = NEVER
    for source in state.inputs:
        cycle = min(cycle, source.due + FROM_SOURCE, source.held + FROM_INPUT)
    if state.cursor[-1] < traffic.software.shape[0]:
        cycle = min(cycle, traffic.software[state.cursor[-1]].cycle + FROM_STROBE)
    for bus in range(state.padi.shape[0]):
        cycle = min(cycle, state.padi[bus, 0].cycle, state.padi[bus, 1].cycle)
        if state.crossbar.outputs[bus].waiting:
            cycle = min(cycle, state.crossbar.outputs[bus].next_grant + TO_BUS)
    return cycle


@borrowing
def _moment(constants, traffic, state, cycle, until, log):  # type: ignore[no-untyped-def]
    """Do all that sources cause in one cycle."""
    for source in range(state.inputs.shape[0]):
        register = state.inputs[source]
        if register.held == cycle:
            register.held = NEVER
            register.entered += 1
            arrive(constants, traffic.ready_wait, state, source, cycle, register.label, until, log)
    while state.cursor[-1] < traffic.software.shape[0] and traffic.software[state.cursor[-1]].cycle == cycle:
        event = traffic.software[state.cursor[-1]]
        if not constants.crossbar.bus_open[event.bus]:
            put(constants.drivers, state.padi, state.drivers, event.bus, cycle + FROM_STROBE, event.label, until, log)
        state.cursor[-1] += 1
    for source in range(state.inputs.shape[0]):
        register = state.inputs[source]
        if register.due == cycle:
            label = _emit(constants, traffic, state, source, register, cycle)
            if label != NO_EVENT:
                register.held, register.label = cycle + 1, label


@borrowing
def _emit(constants, traffic, state, source, register, cycle):  # type: ignore[no-untyped-def]
    """Take an event from its source and find out when the next one follows; return its label, or `NO_EVENT`."""
    channel = source - state.backend.outputs.shape[0]
    generator = channel - (state.cursor.shape[0] - 1)
    if channel < 0:
        label = grant(constants.backend, state.backend, source)
        register.due = cycle + 1 if state.backend.outputs[source].waiting else NEVER
    elif generator < 0:
        label = traffic.link[state.cursor[channel]].label
        state.cursor[channel] += 1
        register.due = next_release(traffic, channel, state.cursor[channel])
    else:
        label = state.background[generator].label
        register.due = next_event(constants.background, generator, state.background[generator])
    return label
