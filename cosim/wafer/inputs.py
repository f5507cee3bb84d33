"""Input events as words of the serial link.

The grid says in which step an input spikes, not when within it: the host spreads the events of a step evenly, in the
order of the inputs, beginning with the cycle after its first. The distributor in front of the chip then sends each
word in time or drops it (`release.deliver`); what becomes of it in the release buffers is the chip's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents
from ...behavioral.hicann.path.stimulus import scheduled
from ...behavioral.hicann.path.words import packed
from ...behavioral.hicann.spec import HicannSpec
from .placement import Placement
from .program import INPUT_CHANNELS

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LinkWords:
    """Words of a batch. first: (samples + 1); rows: arrival, channel, address, stamp; those of sample b are
    rows[first[b]:first[b + 1]], by arrival. dropped: (samples), by the distributor.
    """

    first: Ints
    rows: Ints
    dropped: Ints

    def sent(self, spec: HicannSpec) -> Ints:
        """Return rows of arrival and word."""
        return np.column_stack([self.rows[:, 0], packed(spec, *self.rows[:, 1:].T)])


def link_words(placement: Placement, spikes: GridEvents, step_cycles: int) -> LinkWords:
    """Return the words of a batch of input events; each chip that takes inputs gets them all."""
    sample, step, unit = spikes.table()
    bins = sample * spikes.steps + step
    count = np.bincount(bins, minlength=spikes.samples * spikes.steps)
    begin = np.cumsum(count) - count
    turn = np.arange(len(bins)) - begin[bins]
    cycle = step * step_cycles + 1 + turn * step_cycles // np.maximum(count[bins], 1)
    sources = placement.layers[0].sources
    channel = np.array(INPUT_CHANNELS)[sources.line[unit]]
    events = np.column_stack([cycle, channel, sources.address[unit]])
    edges = np.searchsorted(sample, np.arange(spikes.samples + 1))
    found = [scheduled(placement.spec, events[a:b]) for a, b in pairwise(edges)]
    first = np.cumsum([0, *(len(rows) for rows, _ in found)])
    rows = np.concatenate([rows[np.argsort(rows[:, 0])] for rows, _ in found])
    return LinkWords(first, rows, np.array([dropped for _, dropped in found]))
