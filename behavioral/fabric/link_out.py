"""Link out: when an event for the host is handed over, and when the next one may be granted.

Event k of a channel, granted in cycle g, is stored in g + 1 and offered from g + 2. It needs room in the FIFO, so it
is granted only after event k − depth was handed over.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from .config import FabricConfig
from .log import SENT, write
from .ticks import NEVER


class LinkOutConstants(NamedTuple):
    """gap: (L), cycles between grants at least."""

    gap: Any


class LinkOutState(NamedTuple):
    """sent: (L), events granted. handshake: (L, depth), cycles in which the last of them are handed over."""

    sent: Any
    handshake: Any


def link_out_constants(spec: ChipSpec, config: FabricConfig) -> LinkOutConstants:
    """Return the settings in compiled form."""
    return LinkOutConstants(np.where(config.links.slow == 1, spec.slow_cycles, 1).astype(np.int64))


def link_out_state(spec: ChipSpec) -> LinkOutState:
    """Return the state after clear."""
    links = spec.link_channels
    return LinkOutState(np.zeros(links, np.int64), np.zeros((links, spec.link_out_depth), np.int64))


@kernel
def ready_from(wait, channel, cycle):  # type: ignore[no-untyped-def]
    """Return the first cycle at or after `cycle` in which the host is ready; wait: (L, period), cycles until then."""
    if cycle >= NEVER:
        return NEVER
    return min(cycle + wait[channel, cycle % wait.shape[1]], NEVER)


@kernel
def send(constants, state, ready_wait, channel, granted, label, log):  # type: ignore[no-untyped-def]
    """Send an event that was granted; return the cycle from which the next may be."""
    count, depth = state.sent[channel], state.handshake.shape[1]
    handshake = state.handshake[channel]
    offered = granted + 2
    if count:
        offered = max(offered, handshake[(count - 1) % depth] + 1)
    handshake[count % depth] = ready_from(ready_wait, channel, offered)
    write(log.sent, log.count, SENT, channel, granted + 1, label, handshake[count % depth])
    count += 1
    state.sent[channel] = count
    free = granted + constants.gap[channel]
    return max(free, handshake[count % depth] + 1) if count >= depth else free
