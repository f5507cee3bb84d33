"""The twin in motion: from event to event up to a given cycle, and the fires of that cycle.

In lock-step with an analog core:

    clear(constants, traffic, state)
    for each cycle:
        `drivers.arriving` says which pulses are visible in this cycle
        move the analog part; its comparators say which neurons fire
        step(constants, traffic, state, cycle, fired, count, log)
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...numerics.compiled import borrowing, inlined
from .tree import do_cycle, latch, next_cycle
from .wiring import ENCODERS


class Log(NamedTuple):
    """outputs: int64 (room, 3), DNC outputs: cycle in which they are visible, channel, address. count: int64 (1)."""

    outputs: Any
    count: Any


def new_log(outputs: int) -> Log:
    """Return an empty log with room for so many DNC outputs."""
    return Log(np.empty((outputs + ENCODERS, 3), np.int64), np.zeros(1, np.int64))


@borrowing
def advance(constants, traffic, state, until, log):  # type: ignore[no-untyped-def]
    """Do all clock edges of cycles up to `until`.

    Returns False if the log is short of room: empty it and call again.
    """
    count = log.count[0]
    while True:
        cycle = next_cycle(traffic, state)
        if cycle > until:
            break
        if count + ENCODERS > log.outputs.shape[0]:
            log.count[0] = count
            return False
        count = do_cycle(constants, traffic, state, cycle, log.outputs, count)
    state.clock[0] = until + 1
    log.count[0] = count
    return True


@inlined
def step(constants, traffic, state, cycle, fired, count, log):  # type: ignore[no-untyped-def]
    """Do one cycle: `fired[:count]` are the neurons that fire in it. False if the log is short of room.

    The caller may leave out cycles before `next_cycle` in which no neuron fires. It should be `borrowing` itself: this
    is inlined into it.
    """
    if not advance(constants, traffic, state, cycle, log):
        return False
    for k in range(count):
        latch(constants, state, fired[k])
    return True
