"""Link in: what becomes of each word that arrives, and when.

Nothing behind a release buffer holds it back, so arrivals and stamps decide all: a word in a slot matches in the first
later cycle whose low bits are those of its stamp.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...digital.ticks import NEVER
from ...numerics.compiled import kernel
from ..spec import Bss1Spec

Array = NDArray[np.int64]

RELEASED: Final = 0
CLOSED: Final = 1
EXPIRED: Final = 2
FULL: Final = 3
COLLIDED: Final = 4
FATES: Final = ("released", "closed", "expired", "full", "collided")
EMPTY: Final = -1


@kernel
def release(first, arrival, stamp, open_, slots, stamp_bits, compare_bits, fate, cycle):  # type: ignore[no-untyped-def]
    """Fill the fate of all words and the cycle in which it is decided.

    first: int64 (channels + 1), the words of channel k are first[k]:first[k + 1], by arrival. open_: whether a channel
    brings words to the chip. A cycle of arrival below 0 lies before the run.
    """
    matches, word = np.empty(slots, np.int64), np.empty(slots, np.int64)
    half, period = 1 << (stamp_bits - 1), 1 << compare_bits
    for k in range(first.shape[0] - 1):
        matches[:] = NEVER
        word[:] = EMPTY
        spare, served = EMPTY, -2  # word that waits; last cycle that served one
        for e in range(first[k], first[k + 1] + 1):
            until = arrival[e] if e < first[k + 1] else NEVER  # slots that match in this cycle are not empty yet
            while True:
                moment = matches.min()
                if spare != EMPTY:
                    moment = min(moment, served + 2)
                if moment >= until:
                    break
                free = moment >= served + 2
                if free and spare != EMPTY:
                    cycle[spare], served, free, spare = moment, moment, False, EMPTY
                for s in range(slots):
                    if matches[s] == moment:
                        w = word[s]
                        matches[s], word[s] = NEVER, EMPTY
                        cycle[w], fate[w] = moment, RELEASED
                        if free:
                            served, free = moment, False
                        elif spare == EMPTY:
                            spare = w
                        else:
                            fate[w] = COLLIDED
            if e == first[k + 1]:
                break
            cycle[e] = until
            now = max(until, 0)
            if not open_[k]:
                fate[e] = CLOSED
            elif (stamp[e] - now) % (2 * half) == 0 or (stamp[e] - now) & half:
                fate[e] = EXPIRED
            else:
                fate[e] = FULL
                for s in range(slots):
                    if word[s] == EMPTY:
                        earliest = max(until + 1, 0)
                        word[s], fate[e] = e, RELEASED
                        matches[s] = earliest + (stamp[e] - earliest) % period
                        break


def deliver(spec: Bss1Spec, release_cycle: Array) -> Array:
    """Return the cycles in which the system's distributor (DNC) gets events to the chip; `NEVER` for those it drops.

    release_cycle: int64 (events), without limit of width. The distributor keeps them sorted and sends the first one
    when its block of 2^release_block_bits cycles is `release_blocks` ahead; one that the serial link keeps waiting
    until it is nearer is dropped, which takes no time (1 ns in the system simulator, where the rule is from). The parts
    of the system before it are not modelled.
    """
    order = np.argsort(release_cycle, kind="stable")
    arrival = np.full(len(order), NEVER, np.int64)
    _deliver(release_cycle[order], order, spec.release_block_bits, spec.release_blocks, spec.link_event_cycles, arrival)
    return arrival


@kernel
def _deliver(stamps, order, block_bits, blocks, event_cycles, arrival):  # type: ignore[no-untyped-def]
    now = -NEVER
    for k in range(stamps.shape[0]):
        block = (stamps[k] >> block_bits) - blocks
        now = max(now, block << block_bits)
        if now >> block_bits == block:
            now += event_cycles
            arrival[order[k]] = now
