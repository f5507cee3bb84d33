"""What feeds a layer, for kernels: events of several populations as one stream.

A layer that is fed by one population reads its events as they are. For one that is fed by several, the events of a
sample are merged, step by step: units of the k-th feed are numbered behind those of the feeds before it, as the rows of
the layer's weights are.

A spike found at the end of step t arrives in step t + 1, an input event in its own: `shift`, in steps.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..numerics.compiled import kernel
from ..numerics.types import Indices
from .topology import Topology


class Feeds(NamedTuple):
    """The feeds of layer l are begin[l]:begin[l + 1], those from the inputs first.

    source: of each, 0 the inputs, k hidden layer k. row: its first row in the weights of its layer. units: its rows.
    inputs: rows of each layer that are fed by the inputs.
    """

    begin: Indices
    source: Indices
    row: Indices
    units: Indices
    inputs: Indices


@lru_cache(maxsize=32)
def feeds_of(topology: Topology, blocks: tuple[int, ...] | None = None) -> Feeds:
    """Return the feeds of all layers, the readout last.

    blocks: of each layer. A layer whose neurons lie in several blocks is fed once for each, with rows of their own.
    """
    begin, source, row = [0], list[int](), list[int]()
    for layer, feeds in enumerate(topology.feeds):
        for block in range(1 if blocks is None else blocks[layer]):
            rows = np.cumsum([block * topology.fan_in(layer), *(topology.sizes[each] for each in feeds)])
            row += rows[:-1].tolist()
            source += feeds
        begin.append(len(source))
    sizes, flat = np.array(topology.sizes, np.int64), np.array(source, np.int64)
    inputs = np.array([topology.inputs * each.count(0) for each in topology.feeds], np.int64)
    return Feeds(np.array(begin, np.int64), flat, np.array(row, np.int64), sizes[flat], inputs)


@kernel
def stream(feeds, layer, b, first, unit, firsts, units):  # type: ignore[no-untyped-def]
    """Return what feeds a layer in sample b: (first, unit, shift).

    first, unit: input events. firsts, units: those of the hidden layers.
    """
    begin, end = feeds.begin[layer], feeds.begin[layer + 1]
    if end - begin == 1:
        source = feeds.source[begin]
        return (first[b], unit, 0) if source == 0 else (firsts[source - 1][b], units[source - 1], 1)
    steps = first.shape[1] - 1
    merged_first, count = np.zeros(steps + 1, np.int64), 0
    for k in range(begin, end):
        source = feeds.source[k]
        events = first[b] if source == 0 else firsts[source - 1][b]
        count += events[steps] - events[0]
    merged_unit = np.empty(count, unit.dtype)
    count = 0
    for t in range(steps):
        merged_first[t] = count
        for k in range(begin, end):
            source = feeds.source[k]
            events = first[b] if source == 0 else firsts[source - 1][b]
            of = unit if source == 0 else units[source - 1]
            shift = 0 if source == 0 else 1
            for e in range(events[max(t - shift, 0)], events[max(t - shift + 1, 0)]):
                merged_unit[count] = of[e] + feeds.row[k]
                count += 1
    merged_first[steps] = count
    return merged_first, merged_unit, 0
