"""The twin in motion: from event to event up to a given cycle, and the fires of that cycle.

`step` is one fabric cycle as the analog core sees it. The cost goes with events; in cycles without any it is one
comparison. Within a cycle, outputs of the crossbar grant before its nodes take new events, and nodes take what is
visible before sources emit what will be visible in the next cycle; so no order of blocks matters.
"""

from __future__ import annotations

from ..compiled import kernel
from . import backend, background
from .crossbar import arrive, serve
from .log import PULSES, SPIKES, has_room, write
from .padi import hand_on, put
from .state import next_release
from .ticks import NEVER


@kernel
def advance(constants, traffic, state, until, log):  # type: ignore[no-untyped-def]
    """Do all clock edges of cycles up to `until`; log what they cause, pulses up to cycle `until + 1`.

    Returns False if the log is short of room: empty it and call again.
    """
    if until < state.wake[0]:
        return True
    hand_on(constants, state, until, log)
    while True:
        if not has_room(log):
            return False
        cycle = _next_source(traffic, state)
        if cycle > until:
            break
        _moment(constants, traffic, state, cycle, until, log)
    for output in range(state.crossbar.waiting.shape[0]):
        serve(constants, traffic, state, output, until, until, log)
    state.wake[0] = _next_activity(traffic, state)
    return True


@kernel
def fire(constants, state, cycle, neuron, log):  # type: ignore[no-untyped-def]
    """Let a neuron's comparator fire in `cycle`, up to which the state was advanced; return whether it counts."""
    blocks = constants.backend
    if not backend.accept(blocks, state.backend, neuron, cycle):
        return False
    write(
        log.spikes, log.count, SPIKES, cycle, neuron, state.backend.clamp_end[neuron],
        state.backend.refractory_end[neuron],
    )  # fmt: skip
    if blocks.enable[neuron]:
        output = blocks.output[neuron]
        state.due[output] = min(state.due[output], cycle + 1)
        state.wake[0] = min(state.wake[0], cycle + 1)
    return True


@kernel
def step(constants, traffic, state, cycle, fired, count, log):  # type: ignore[no-untyped-def]
    """Do one cycle: `fired[:count]` are the neurons that fire in it. Return the number of pulses it causes.

    They are `log.pulses[:…]` and visible in cycle + 1. The caller may leave out cycles before `next_activity` in which
    no neuron fires.
    """
    log.count[PULSES] = 0
    advance(constants, traffic, state, cycle, log)
    for k in range(count):
        fire(constants, state, cycle, fired[k], log)
    return log.count[PULSES]


@kernel
def next_activity(state):  # type: ignore[no-untyped-def]
    """Return the first cycle whose clock edge can change anything, if no neuron fires until then."""
    return state.wake[0]


@kernel
def clamped(state, neuron, cycle):  # type: ignore[no-untyped-def]
    """Return whether the membrane of a neuron is clamped in `cycle`, which lies after the last step."""
    return cycle < state.backend.clamp_end[neuron]


@kernel
def _next_source(traffic, state):  # type: ignore[no-untyped-def]
    """Return the next cycle in which an event enters the crossbar, its input register, or a bus by software."""
    cycle = NEVER
    for source in range(state.due.shape[0]):
        cycle = min(cycle, state.due[source], state.held[source])
    if state.software[0] < traffic.software_cycle.shape[0]:
        cycle = min(cycle, traffic.software_cycle[state.software[0]])
    return cycle


@kernel
def _next_activity(traffic, state):  # type: ignore[no-untyped-def]
    cycle = _next_source(traffic, state)
    for output in range(state.crossbar.waiting.shape[0]):
        if state.crossbar.waiting[output]:
            cycle = min(cycle, state.crossbar.next_grant[output])
    for bus in range(state.padi.cycle.shape[0]):
        cycle = min(cycle, state.padi.cycle[bus, 0], state.padi.cycle[bus, 1])
    return cycle


@kernel
def _moment(constants, traffic, state, cycle, until, log):  # type: ignore[no-untyped-def]
    """Do all that sources cause in one cycle."""
    for source in range(state.due.shape[0]):
        if state.held[source] == cycle:
            state.held[source] = NEVER
            arrive(constants, traffic, state, source, cycle, state.held_label[source], until, log)
    while state.software[0] < traffic.software_cycle.shape[0] and traffic.software_cycle[state.software[0]] == cycle:
        event = state.software[0]
        if not constants.crossbar.takes_crossbar[traffic.bus[event]]:
            put(constants, state, traffic.bus[event], cycle + 1, traffic.software_label[event], until, log)
        state.software[0] += 1
    for source in range(state.due.shape[0]):
        if state.due[source] == cycle:
            label = _emit(constants, traffic, state, source, cycle)
            if label != background.NO_EVENT:
                state.held[source] = cycle + 1
                state.held_label[source] = label


@kernel
def _emit(constants, traffic, state, source, cycle):  # type: ignore[no-untyped-def]
    """Take an event from its source and find out when the next one follows; return its label, or `NO_EVENT`."""
    first_link = state.backend.waiting.shape[0]
    first_background = first_link + state.cursor.shape[0]
    if source < first_link:
        label = backend.grant(constants.backend, state.backend, source)
        state.due[source] = cycle + 1 if state.backend.waiting[source] else NEVER
    elif source < first_background:
        channel = source - first_link
        label = traffic.label[state.cursor[channel]]
        state.cursor[channel] += 1
        state.due[source] = next_release(traffic, channel, state.cursor[channel])
    else:
        generator = source - first_background
        label = state.background.label[generator]
        state.due[source] = background.next_event(constants.background, state.background, generator)
    return label
