"""PADI buses: events on their way to the drivers.

An event is granted up to two cycles before it is on its bus. What lies beyond the cycle that the caller asked for
waits here, at most two events per bus.
"""

from __future__ import annotations

from typing import Any

from ...digital.records import empty_table
from ...digital.ticks import NEVER
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .drivers import pulse
from .wiring import buses


def padi_state(spec: ChipSpec) -> Any:
    """Return a table (buses, 2), by parity of the cycle in which an event is on the bus (`NEVER`: none), and label."""
    return empty_table((buses(spec), 2), "cycle", "label")


@borrowing
def put(constants, padi, drivers, bus, cycle, label, until, log):  # type: ignore[no-untyped-def]
    """Take the event that is on `bus` in `cycle`, and hand it on if that is not after `until`."""
    if cycle <= until:
        pulse(constants, drivers, bus, cycle, label, log)
    else:
        place = padi[bus, cycle & 1]
        place.cycle, place.label = cycle, label


@borrowing
def hand_on(constants, padi, drivers, until, log):  # type: ignore[no-untyped-def]
    """Hand on the waiting events that are on their bus in cycle `until` or before, each bus in order of time."""
    for bus in range(padi.shape[0]):
        for _ in range(2):
            place = padi[bus, 0 if padi[bus, 0].cycle < padi[bus, 1].cycle else 1]
            cycle = place.cycle
            if cycle <= until:
                place.cycle = NEVER
                pulse(constants, drivers, bus, cycle, place.label, log)
