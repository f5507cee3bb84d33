"""What the twin writes down while it runs: driver pulses, events to the host, accepted spikes."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .wiring import buses, crossbar_inputs

PULSES: Final = 0
SENT: Final = 1
SPIKES: Final = 2


class Log(NamedTuple):
    """Rows of int64, of which the first `count[PULSES]`, `count[SENT]`, `count[SPIKES]` are valid.

    pulses: cycle, driver, row_exc, row_inh, label, amplitude (row bits: 1 bottom, 2 top). sent: channel, stamp, label,
    cycle of the handshake. spikes: cycle, neuron, end of the clamp, end of the refractory period. margin: room for
    pulses and for events that one moment of time may need.
    """

    pulses: Any
    sent: Any
    spikes: Any
    count: Any
    margin: Any


def new_log(spec: ChipSpec, pulses: int = 0, sent: int = 0, spikes: int = 0) -> Log:
    """Return an empty log with room for so many rows besides the pulses of one `step` and the margin of `advance`."""
    drivers = spec.drivers // spec.padi_buses + 1
    one_step = spec.hemispheres * spec.drivers
    margin = np.array([(crossbar_inputs(spec) + 3) * buses(spec) * drivers, crossbar_inputs(spec) * spec.link_channels])
    return Log(
        np.empty((pulses + one_step + margin[PULSES], 6), np.int64),
        np.empty((sent + margin[SENT], 4), np.int64),
        np.empty((spikes, 4), np.int64),
        np.zeros(3, np.int64),
        margin,
    )


@borrowing
def has_room(log):  # type: ignore[no-untyped-def]
    """Return whether the log takes another moment of time."""
    return (
        log.count[PULSES] + log.margin[PULSES] <= log.pulses.shape[0]
        and log.count[SENT] + log.margin[SENT] <= log.sent.shape[0]
    )


@borrowing
def write(rows, count, kind, a, b, c, d):  # type: ignore[no-untyped-def]
    """Append a row of four."""
    row = rows[count[kind]]
    row[0], row[1], row[2], row[3] = a, b, c, d
    count[kind] += 1
