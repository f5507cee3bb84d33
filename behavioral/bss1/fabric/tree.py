"""Encoders and mergers: where events wait, and their steps from one register to the next.

In a cycle the mergers are visited from the DNC mergers back to the background mergers. So a merger that wants an event
finds the output register before it as it was at the beginning of the cycle, and takes the event away; a merger that
is visited knows by its empty output register that it may move an event. Cycles in which nothing waits are left out.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ...digital.records import empty_table, table
from ...digital.ticks import NEVER
from ...numerics.compiled import borrowing, embedded
from ..spec import Bss1Spec
from .background import BackgroundConstants, background_constants, event_cycle
from .config import FabricConfig
from .wiring import ENCODERS, MERGERS, SOURCES, TREE, WRITTEN, background_merger, encoder_place

EMPTY: Final = -1
"""Stands for the address in an empty register."""
FROM_ENCODER: Final = 0
FROM_GENERATOR: Final = 1
FROM_LINK: Final = 1


class PathConstants(NamedTuple):
    """One configuration in compiled form.

    neurons: encoder, index there, enable. addresses: int64 (encoders, neurons). mergers: merge, select, gap (cycles
    from a move to the next). sources: int64 (mergers, 2), the merger before an input or `WRITTEN`. encoder: int64, by
    background merger. background: see there.
    """

    neurons: Any
    addresses: Any
    mergers: Any
    sources: Any
    encoder: Any
    background: BackgroundConstants


class PathState(NamedTuple):
    """latched: bool (encoders, neurons). inputs: int64 (mergers, 2), out: int64 (tree mergers), addresses or `EMPTY`.

    encoders: held (address at the output), waiting (latches set), fired, lost. mergers: last (input that was
    served), free (first cycle of its next move), lost_0 and lost_1 (overwritten or refused at an input). generators:
    event (number of the next one), due (cycle in which it is at the output), entered (events at an input that counts).
    channels: cursor (next released event), entered. clock: int64 (2), the first cycle that is not done, and how many
    events wait anywhere.
    """

    latched: Any
    inputs: Any
    out: Any
    encoders: Any
    mergers: Any
    generators: Any
    channels: Any
    clock: Any


def path_constants(spec: Bss1Spec, config: FabricConfig) -> PathConstants:
    """Check a configuration and return it in compiled form. Raises `ConfigError` for a value that cannot be."""
    config.check(spec)
    encoder, index = encoder_place(spec, np.arange(spec.circuits))
    neurons = table(encoder=encoder, index=index, enable=config.neurons.enable)
    addresses = np.zeros((ENCODERS, spec.block_circuits), np.int64)
    addresses[encoder, index] = config.neurons.address
    section = config.mergers
    gap = np.where(section.slow == 1, spec.slow_cycles, 1)
    mergers = table(merge=section.merge, select=section.select, gap=gap)
    before = np.empty(ENCODERS, np.int64)
    before[[background_merger(e) for e in range(ENCODERS)]] = np.arange(ENCODERS)
    sources = np.array(SOURCES, np.int64)
    return PathConstants(neurons, addresses, mergers, sources, before, background_constants(spec, config))


def path_state(spec: Bss1Spec) -> PathState:
    """Return room for the state; `clear` fills it."""
    return PathState(
        np.zeros((ENCODERS, spec.block_circuits), np.bool_), np.zeros((MERGERS, 2), np.int64),
        np.zeros(TREE, np.int64), empty_table(ENCODERS, "held", "waiting", "fired", "lost"),
        empty_table(MERGERS, "last", "free", "lost_0", "lost_1"), empty_table(ENCODERS, "event", "due", "entered"),
        empty_table(ENCODERS, "cursor", "entered"), np.zeros(2, np.int64),
    )  # fmt: skip


@borrowing
def clear(constants, traffic, state):  # type: ignore[no-untyped-def]
    """Put the state to cycle 0 of a run with the given traffic."""
    state.latched[:] = False
    state.inputs[:] = EMPTY
    state.out[:] = EMPTY
    for e in range(ENCODERS):
        encoder, generator = state.encoders[e], state.generators[e]
        encoder.held = EMPTY
        encoder.waiting = encoder.fired = encoder.lost = 0
        generator.event = generator.entered = 0
        generator.due = _output_cycle(constants, e, 0)
        state.channels[e].cursor, state.channels[e].entered = traffic.first[e], 0
    for merger in state.mergers:
        merger.last = 1
        merger.free = merger.lost_0 = merger.lost_1 = 0
    state.clock[:] = 0


@borrowing
def halt(traffic, state):  # type: ignore[no-untyped-def]
    """Let nothing more come from generators and release buffers, as after `run` fell; what is under way goes on.

    In the first cycle without `run` their last events are still at their outputs: do that cycle before.
    """
    for k in range(ENCODERS):
        state.generators[k].due = NEVER
        state.channels[k].cursor = traffic.first[k + 1]


@embedded
def next_cycle(traffic, state):  # type: ignore[no-untyped-def]
    """Return the next cycle in which an event moves or comes, if no neuron fires until then."""
    if state.clock[1]:
        return state.clock[0]
    cycle = NEVER
    for k in range(ENCODERS):
        cycle = min(cycle, state.generators[k].due, _link_due(traffic, state, k))
    return max(cycle, state.clock[0])


@embedded
def do_cycle(constants, traffic, state, cycle, rows, count):  # type: ignore[no-untyped-def]
    """Do the clock edge of a cycle, but for its fires; return `count` and as many more as there are DNC outputs.

    They are written to `rows` behind `count`: cycle in which they are visible, channel, address.
    """
    for m in range(MERGERS - 1, -1, -1):
        count = _move(constants.mergers[m], state, m, cycle, rows, count)
        fixed = constants.mergers[m]
        for n in range(2):
            source = constants.sources[m, n]
            if source != WRITTEN and state.inputs[m, n] == EMPTY and state.out[source] != EMPTY and _counts(fixed, n):
                state.inputs[m, n], state.out[source] = state.out[source], EMPTY
        if m >= TREE:
            _release(fixed, traffic, state, m, cycle)
        elif m < ENCODERS:
            _encode(constants, state, constants.encoder[m], m)
            _generate(constants, state, m, cycle)
    state.clock[0] = cycle + 1
    return count


@embedded
def latch(constants, state, neuron):  # type: ignore[no-untyped-def]
    """Let a neuron fire in the cycle that was done last."""
    fixed = constants.neurons[neuron]
    if not fixed.enable:
        return
    own = state.encoders[fixed.encoder]
    own.fired += 1
    if state.latched[fixed.encoder, fixed.index]:
        own.lost += 1
    else:
        state.latched[fixed.encoder, fixed.index] = True
        own.waiting += 1
        state.clock[1] += 1


@embedded
def _counts(fixed, n):  # type: ignore[no-untyped-def]
    return fixed.merge or fixed.select == n


@embedded
def _move(fixed, state, m, cycle, rows, count):  # type: ignore[no-untyped-def]
    """Move one event of a merger from its inputs to its output."""
    own, inputs = state.mergers[m], state.inputs[m]
    if cycle < own.free or (m < TREE and state.out[m] != EMPTY):
        return count
    n = 1 - own.last if fixed.merge else fixed.select
    if inputs[n] == EMPTY and fixed.merge:
        n = own.last
    if inputs[n] == EMPTY:
        return count
    if m < TREE:
        state.out[m] = inputs[n]
    else:
        rows[count, 0], rows[count, 1], rows[count, 2] = cycle + 1, m - TREE, inputs[n]
        count += 1
        state.clock[1] -= 1
    inputs[n] = EMPTY
    own.last, own.free = n, cycle + fixed.gap
    return count


@embedded
def _encode(constants, state, e, m):  # type: ignore[no-untyped-def]
    """Let an encoder send what it holds, or choose among its latches."""
    encoder = state.encoders[e]
    if encoder.held != EMPTY:
        state.clock[1] -= 1
        if _counts(constants.mergers[m], FROM_ENCODER):
            if state.inputs[m, FROM_ENCODER] != EMPTY:
                state.mergers[m].lost_0 += 1
            else:
                state.clock[1] += 1
            state.inputs[m, FROM_ENCODER] = encoder.held
        encoder.held = EMPTY
    elif encoder.waiting:
        index = 0
        while not state.latched[e, index]:
            index += 1
        state.latched[e, index] = False
        encoder.waiting -= 1
        encoder.held = constants.addresses[e, index]


@embedded
def _output_cycle(constants, g, number):  # type: ignore[no-untyped-def]
    return event_cycle(constants.background, g, number) + 1


@embedded
def _generate(constants, state, g, cycle):  # type: ignore[no-untyped-def]
    """Take the event at a generator's output, if there is one."""
    generator = state.generators[g]
    if generator.due != cycle:
        return
    if _counts(constants.mergers[g], FROM_GENERATOR):
        generator.entered += 1
        if state.inputs[g, FROM_GENERATOR] != EMPTY:
            state.mergers[g].lost_1 += 1
        else:
            state.clock[1] += 1
        state.inputs[g, FROM_GENERATOR] = constants.background.generators[g].address
    generator.event += 1
    generator.due = _output_cycle(constants, g, generator.event)


@embedded
def _link_due(traffic, state, k):  # type: ignore[no-untyped-def]
    cursor = state.channels[k].cursor
    return traffic.link[cursor].visible if cursor < traffic.first[k + 1] else NEVER


@embedded
def _release(fixed, traffic, state, m, cycle):  # type: ignore[no-untyped-def]
    """Take the event at a release output, if there is one."""
    k = m - TREE
    if _link_due(traffic, state, k) != cycle:
        return
    if _counts(fixed, FROM_LINK):
        state.channels[k].entered += 1
        if state.inputs[m, FROM_LINK] != EMPTY:
            state.mergers[m].lost_1 += 1
        else:
            state.inputs[m, FROM_LINK] = traffic.link[state.channels[k].cursor].address
            state.clock[1] += 1
    state.channels[k].cursor += 1
