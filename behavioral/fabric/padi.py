"""PADI buses: events on their way to the drivers.

An event is granted up to two cycles before it is on its bus. What lies beyond the cycle that the caller asked for
waits here, at most two events per bus.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from .drivers import pulse
from .ticks import NEVER
from .wiring import buses


class PadiState(NamedTuple):
    """Cycle in which an event is on the bus (`NEVER`: none), and its label; (buses, 2), by parity of the cycle."""

    cycle: Any
    label: Any


def padi_state(spec: ChipSpec) -> PadiState:
    """Return the state after clear."""
    return PadiState(np.full((buses(spec), 2), NEVER, np.int64), np.zeros((buses(spec), 2), np.int64))


@kernel
def put(constants, state, bus, cycle, label, until, log):  # type: ignore[no-untyped-def]
    """Take the event that is on `bus` in `cycle`, and hand it on if that is not after `until`."""
    if cycle <= until:
        pulse(constants.drivers, state.drivers, bus, cycle, label, log)
    else:
        state.padi.cycle[bus, cycle & 1] = cycle
        state.padi.label[bus, cycle & 1] = label


@kernel
def hand_on(constants, state, until, log):  # type: ignore[no-untyped-def]
    """Hand on the waiting events that are on their bus in cycle `until` or before, each bus in order of time."""
    waiting = state.padi.cycle
    for bus in range(waiting.shape[0]):
        for _ in range(2):
            place = 0 if waiting[bus, 0] < waiting[bus, 1] else 1
            cycle = waiting[bus, place]
            if cycle <= until:
                waiting[bus, place] = NEVER
                pulse(constants.drivers, state.drivers, bus, cycle, state.padi.label[bus, place], log)
