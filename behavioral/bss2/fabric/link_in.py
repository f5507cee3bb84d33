"""Link in: when the host's events are taken into the FIFO, and when they leave it.

Nothing behind a link holds it back, so the whole schedule follows from stamps and offers alone. Event i of a channel
is taken once the host offers it, its predecessor is in, and the event `depth` places before it has left; it leaves
once its stamp is reached, it has been visible at the head, and its predecessor has left.
"""

from __future__ import annotations

from ...numerics.compiled import borrowing


@borrowing
def schedule(first, stamp, offered, depth, accepted, released):  # type: ignore[no-untyped-def]
    """Fill the cycles of handshake and release of all events.

    first: int64 (channels + 1), the events of channel k are first[k]:first[k + 1], in the order of the stream.
    stamp, offered: int64 (events). A cycle below 0 lies before the run.
    """
    for k in range(first.shape[0] - 1):
        for e in range(first[k], first[k + 1]):
            taken, leaves = offered[e], max(stamp[e], 0)
            if e > first[k]:
                taken = max(taken, accepted[e - 1] + 1)
                leaves = max(leaves, released[e - 1] + 1)
            if e - depth >= first[k]:
                taken = max(taken, released[e - depth] + 1)
            accepted[e] = taken
            released[e] = max(leaves, taken + 1)
