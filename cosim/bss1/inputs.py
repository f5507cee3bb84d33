"""Input events as words of the serial link.

The grid says in which step an input spikes, not when within it: the host spreads the events of a step that go over one
link evenly, in the order of the inputs, beginning with the cycle after its first. The distributor in front of the chip
then sends each word in time or drops it (`release.deliver`); what becomes of it in the release buffers is the chip's
business.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.fabric.stimulus import scheduled
from ...behavioral.bss1.fabric.words import packed
from ...behavioral.bss1.spec import Bss1Spec
from ...behavioral.events import GridEvents
from .placement import Placement
from .program import ChipProgram

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LinkWords:
    """Words of a batch. first: (chips, samples + 1); rows: arrival, channel, address, stamp; those of sample b over
    the link of chip k are rows[first[k, b]:first[k, b + 1]], by arrival. dropped: (chips, samples), by the distributor.
    """

    first: Ints
    rows: Ints
    dropped: Ints

    def of(self, chip: int, sample: int) -> Ints:
        """Return the rows of one link and sample."""
        return self.rows[self.first[chip, sample] : self.first[chip, sample + 1]]

    def sent(self, spec: Bss1Spec) -> Ints:
        """Return rows of arrival and word."""
        return np.column_stack([self.rows[:, 0], packed(spec, *self.rows[:, 1:].T)])


def link_words(
    placement: Placement, programs: Sequence[ChipProgram], spikes: GridEvents, step_cycles: int
) -> LinkWords:
    """Return the words of a batch of input events over the links of all chips."""
    sample, step, unit = spikes.table()
    address = placement.layers[0].sources.address[unit]
    first, found = np.zeros((len(programs), spikes.samples + 1), np.int64), []
    for k, program in enumerate(programs):
        channel = program.channel[unit]
        own = channel >= 0
        cycle = _spread(sample[own] * spikes.steps + step[own], step_cycles) - sample[own] * spikes.steps * step_cycles
        events = np.column_stack([cycle, channel[own], address[own]])
        edges = np.searchsorted(sample[own], np.arange(spikes.samples + 1))
        sent = [scheduled(placement.spec, events[a:b]) for a, b in pairwise(edges)]
        first[k] = first[k - 1, -1] + np.cumsum([0, *(len(words) for words, _ in sent)])
        found += sent
    rows = np.concatenate([words[np.argsort(words[:, 0])] for words, _ in found])
    return LinkWords(first, rows, np.array([lost for _, lost in found]).reshape(len(programs), -1))


def _spread(step: Ints, step_cycles: int) -> Ints:
    """Return a cycle of its step for each event; steps are sorted, and counted on from sample to sample."""
    count = np.bincount(step)
    turn = np.arange(len(step)) - (np.cumsum(count) - count)[step]
    return np.asarray(step * step_cycles + 1 + turn * step_cycles // count[step], np.int64)
