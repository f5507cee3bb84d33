"""Widths of the counters that a host can read, and the sums of their registers over the chip.

A host reads them after a sample; what they show at their end: `behavioral/digital/counters.py`.
"""

from __future__ import annotations

from typing import Final

from ...numerics.compiled import borrowing

LATE_BITS: Final = 16  # late events per link, saturates
DROP_BITS: Final = 16  # dropped events per crossbar input, saturates
LOST_BITS: Final = 16  # lost spikes per event output, saturates
EVENT_BITS: Final = 24  # events per crossbar output, wraps
SPIKE_BITS: Final = 8  # spikes per neuron, wraps with a sticky flag


@borrowing
def drop_registers(constants, nodes):  # type: ignore[no-untyped-def]
    """Return the sum of the drop counters of all crossbar inputs."""
    total = 0
    for source in range(constants.first.shape[0] - 1):
        drops = 0
        for n in range(constants.first[source], constants.first[source + 1]):
            drops += constants.nodes[n].count_drops * nodes[n].dropped
        total += min(drops, (1 << DROP_BITS) - 1)
    return total


@borrowing
def event_registers(constants, outputs):  # type: ignore[no-untyped-def]
    """Return the sum of the event counters of all crossbar outputs."""
    total = 0
    for n in range(outputs.shape[0]):
        total += constants.count_events[n] * outputs[n].granted & (1 << EVENT_BITS) - 1
    return total


@borrowing
def lost_registers(outputs):  # type: ignore[no-untyped-def]
    """Return the sum of the counters of lost spikes of all event outputs."""
    total = 0
    for n in range(outputs.shape[0]):
        total += min(outputs[n].lost, (1 << LOST_BITS) - 1)
    return total


@borrowing
def spike_registers(neurons):  # type: ignore[no-untyped-def]
    """Return the sum of the registers of all spike counters."""
    total = 0
    for n in range(neurons.shape[0]):
        total += neurons[n].spikes & (1 << SPIKE_BITS) - 1
        if neurons[n].spikes >> SPIKE_BITS:
            total += 1 << SPIKE_BITS  # the flag
    return total
