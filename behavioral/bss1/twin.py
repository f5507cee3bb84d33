"""The twin of the digital paths of a chip of BrainScaleS-1 in lock-step (`behavioral/lockstep.py`): level `event`."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import lockstep
from ..numerics.compiled import borrowing, kernel
from .fabric import tree
from .fabric.advance import Log, advance, step
from .fabric.drivers import Wires, arriving
from .fabric.link_out import send
from .fabric.stimulus import Times, Traffic
from .fabric.tree import PathConstants, PathState, halt
from .fabric.wiring import ENCODERS, TREE
from .spec import Bss1Spec

COUNTS: Final = (
    "encoder_lost", "encoder_overwritten", "background_overwritten", "link_refused", "out_lost", "line_events",
)  # fmt: skip
"""What is counted, without limit of width; the fates of the words of the link are known before."""


class LinkOut(NamedTuple):
    """Link to the host. for_host: int64 (channels), 1 where events go to it. wait: see `link_out.send`.

    Out: word_count (samples); words (samples, room, 4), as in `link_out.sent_words`. rows: room for a sample.
    """

    for_host: Any
    wait: Any
    depth: int
    stamp_mask: int
    word_count: Any
    words: Any
    rows: Any


class Twin(NamedTuple):
    """The twin with a state of its own. events: the traffic of the sample that runs; first: (samples, channels + 1).

    logs: of the chips that it hears, itself first; heads: int64, of each the first output that has not arrived yet.
    pulses: int64 (drivers, 3). held: nothing. counts: int64 (samples, `COUNTS`, 8).
    """

    constants: PathConstants
    state: PathState
    events: Traffic
    first: Any
    wires: Wires
    logs: tuple[Log, ...]
    heads: Any
    pulses: Any
    held: tuple[()]
    times: Times
    out: LinkOut
    counts: Any


def path_twin(
    spec: Bss1Spec, constants: PathConstants, events: Traffic, wires: Wires, logs: tuple[Log, ...], times: Times,
    out: LinkOut, counts: NDArray[np.int64],
) -> Twin:  # fmt: skip
    """Return a twin. events: of all samples, `first` (samples, channels + 1). logs: see `Twin`."""
    now = events._replace(first=np.zeros(events.first.shape[1], np.int64))
    heads, pulses = np.zeros(len(logs), np.int64), np.empty((spec.sides * spec.drivers, 3), np.int64)
    state = tree.path_state(spec)
    return Twin(constants, state, now, events.first, wires, logs, heads, pulses, (), times, out, counts)


@lockstep.clear.of(Twin, borrowing)
def _clear(fabric, sample):  # type: ignore[no-untyped-def]
    fabric.logs[0].count[0] = 0
    fabric.heads[:] = 0
    for k in range(fabric.first.shape[1]):
        fabric.events.first[k] = fabric.first[sample, k]
    tree.clear(fabric.constants, fabric.events, fabric.state)
    return True


@lockstep.show.of(Twin)
def _show(fabric, cycle):  # type: ignore[no-untyped-def]
    count = 0
    for source in range(len(fabric.logs)):
        count = arriving(fabric.wires, source, fabric.logs[source], fabric.heads, cycle, fabric.pulses, count)
    return count


@lockstep.edge.of(Twin)
def _edge(fabric, cycle, fires, count):  # type: ignore[no-untyped-def]
    return step(fabric.constants, fabric.events, fabric.state, cycle, fires, count, fabric.logs[0])


@lockstep.triggered.of(Twin)
def _triggered(fabric, cycle):  # type: ignore[no-untyped-def]  # noqa: ARG001
    return False


@lockstep.drain.of(Twin, kernel)
def _drain(fabric, sample):  # type: ignore[no-untyped-def]
    """Fails if the log is too small."""
    constants, state, log, out = fabric.constants, fabric.state, fabric.logs[0], fabric.out
    cycles, end = fabric.times.cycles, fabric.times.cycles + fabric.times.drain
    if not advance(constants, fabric.events, state, cycles, log):
        return False
    halt(fabric.events, state)
    if not advance(constants, fabric.events, state, end, log):
        return False
    counts, words = fabric.counts[sample], out.words[sample]
    number = _for_host(out, log, end)
    found = send(out.rows[:number], out.wait, out.depth, out.stamp_mask, cycles, end, words, counts[4])
    while found and words[found - 1, 3] >= end:
        found -= 1
    out.word_count[sample] = found
    for n in range(ENCODERS):
        counts[0, n] = state.encoders[n].lost
        counts[1, n] = state.mergers[n].lost_0
        counts[2, n] = state.mergers[n].lost_1
        counts[3, n] = state.mergers[TREE + n].lost_1
    for n in range(log.count[0]):
        if log.outputs[n, 0] <= end:
            counts[5, log.outputs[n, 1]] += 1
    return True


@borrowing
def _for_host(out, log, end):  # type: ignore[no-untyped-def]
    """Copy the DNC outputs before cycle `end` that go to the host to `out.rows`; return how many there are."""
    count = 0
    for n in range(log.count[0]):
        if log.outputs[n, 0] < end and out.for_host[log.outputs[n, 1]]:
            for field in range(3):
                out.rows[count, field] = log.outputs[n, field]
            count += 1
    return count
