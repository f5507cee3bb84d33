"""PADI buses: each carries one event per cycle, from the crossbar or from the host, to the drivers of a hemisphere."""

from __future__ import annotations

from typing import Any

from myhdl import always, block, intbv

from ...behavioral.bss2.fabric.wiring import buses
from ...behavioral.bss2.spec import ChipSpec
from ..lib.widths import bits_for


@block
def padi(
    *,
    clock: Any,
    clear: Any,
    enable_spl1: Any,
    event_valid: Any,
    event_labels: Any,
    software_valid: Any,
    software_events: Any,
    bus_valid: Any,
    bus_events: Any,
    spec: ChipSpec,
) -> Any:
    """Merge crossbar outputs (labels) and software events onto the buses.

    `software_valid` has a bit per bus; `software_events`, one per hemisphere, and `bus_events` hold row select above
    synapse label.
    """
    count = buses(spec)
    event_bits = spec.row_select_bits + spec.synapse_label_bits
    label_bits = spec.label_bits
    label_low_bits = bits_for(len(event_labels))
    event_low_bits = bits_for(len(bus_events))
    software_low_bits = bits_for(len(software_events))
    software_lows = tuple(bus // spec.padi_buses * event_bits for bus in range(count))

    @always(clock.posedge)
    def drive() -> None:
        if clear:
            bus_valid.next = 0
            bus_events.next = 0
        else:
            taken = intbv(0)[count:]
            label_low = intbv(0)[label_low_bits:]
            event_low = intbv(0)[event_low_bits:]
            software_low = intbv(0)[software_low_bits:]
            taken[:] = (event_valid & enable_spl1) | (software_valid & ~enable_spl1)
            bus_valid.next = taken
            if taken != 0:
                for bus in range(count):
                    if taken[bus]:
                        event_low[:] = bus * event_bits
                        if enable_spl1[bus]:
                            label_low[:] = bus * label_bits
                            bus_events.next[event_low + event_bits : event_low] = event_labels[
                                label_low + event_bits : label_low
                            ]
                        else:
                            software_low[:] = software_lows[bus]
                            bus_events.next[event_low + event_bits : event_low] = software_events[
                                software_low + event_bits : software_low
                            ]

    return drive
