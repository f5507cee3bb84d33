"""Link out: when an event for the host is handed over, and when the next one may be granted.

Event k of a channel, granted in cycle g, is stored in g + 1 and offered from g + 2. It needs room in the FIFO, so it
is granted only after event k − depth was handed over.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...digital.ticks import NEVER
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .config import FabricConfig
from .log import SENT, write


def grant_gap(spec: ChipSpec, config: FabricConfig) -> Any:
    """Return the cycles between grants of each link output at least; int64 (links)."""
    return np.where(config.links.slow == 1, spec.slow_cycles, 1).astype(np.int64)


def link_out_state(spec: ChipSpec) -> Any:
    """Return the cycles in which the last events are handed over; int64 (links, depth)."""
    return np.zeros((spec.link_channels, spec.link_out_depth), np.int64)


@borrowing
def ready_from(wait, channel, cycle):  # type: ignore[no-untyped-def]
    """Return the first cycle at or after `cycle` in which the host is ready; wait: (L, period), cycles until then."""
    if cycle >= NEVER:
        return NEVER
    return min(cycle + wait[channel, cycle % wait.shape[1]], NEVER)


@borrowing
def send(gap, handshake, ready_wait, channel, count, granted, label, log):  # type: ignore[no-untyped-def]
    """Send an event that was granted, after `count` others; return the cycle from which the next may be.

    gap: cycles to the next grant; handshake: (depth), of the channel.
    """
    depth = handshake.shape[0]
    offered = granted + 2
    if count:
        offered = max(offered, handshake[(count - 1) % depth] + 1)
    handshake[count % depth] = ready_from(ready_wait, channel, offered)
    write(log.sent, log.count, SENT, channel, granted + 1, label, handshake[count % depth])
    free = granted + gap
    return max(free, handshake[(count + 1) % depth] + 1) if count + 1 >= depth else free
