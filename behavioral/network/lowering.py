"""From a graph to the layers that are run: which rows and columns of which layer each population and projection has."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from ...errors import ConfigError
from .graph import SIGNS, Graph, Population, Projection
from .neurons import Neurons
from .topology import Topology
from .wiring import USUAL, Table, Wiring


@dataclass(frozen=True)
class Place:
    """Where a population is: 0 the inputs, k hidden layer k, the last one the readout; begin:end of its units."""

    layer: int
    begin: int
    end: int


@dataclass(frozen=True)
class Patch:
    """Where the weights of a projection are: layer (from 0, the readout last), rows and columns of its weights.

    own: of the weights within the layer, else of those from below.
    """

    layer: int
    own: bool
    rows: tuple[int, int]
    columns: tuple[int, int]


@dataclass(frozen=True, eq=False)
class Lowered:
    """A graph as layers. places, patches: by the names of populations and projections."""

    topology: Topology
    places: dict[str, Place]
    patches: dict[str, Patch]


@lru_cache(maxsize=64)
def lower(graph: Graph) -> Lowered:
    """Return the layers of a graph. Raises `ConfigError` for two projections between the same two within a loop."""
    sources, readout = graph.of("source"), graph.of("li")
    stages = graph.stages
    if not stages:
        raise ConfigError("a graph needs a population that spikes; give it one of kind 'lif'")
    layers = (sources, *stages, readout)
    places = {}
    for layer, populations in enumerate(layers):
        edges = np.cumsum([0, *(each.size for each in populations)]).tolist()
        for each, begin, end in zip(populations, edges[:-1], edges[1:], strict=True):
            places[each.name] = Place(layer, begin, end)
    sizes = tuple(sum(each.size for each in populations) for populations in layers)
    feeds, turns = _feeds(graph, places, len(layers) - 1)
    recurrent = tuple(any(_own(each, places, k + 1) for each in graph.projections) for k in range(len(stages)))
    bare = Topology(sizes[0], sizes[1:-1], sizes[-1], recurrent, feeds)
    patches = {each.name: _patch(each, bare, places, turns) for each in graph.projections}
    wiring = tuple(_wiring(graph, bare, patches, layer, layers[layer + 1]) for layer in range(len(layers) - 1))
    neurons = tuple(_neurons(populations) for populations in layers[1:])
    return Lowered(Topology(sizes[0], sizes[1:-1], sizes[-1], recurrent, feeds, wiring, neurons), places, patches)


def _neurons(populations: tuple[Population, ...]) -> Neurons:
    """Return the parameters of a layer; where some of its populations have one, the others get that of the chip."""
    out: dict[str, tuple[float | None, ...] | None] = {}
    for each in fields(Neurons):
        values = [getattr(population, each.name) for population in populations]
        known = [(None,) * p.size if own is None else own for p, own in zip(populations, values, strict=True)]
        out[each.name] = tuple(n for own in known for n in own) if any(own is not None for own in values) else None
    return Neurons(**out)


def _own(projection: Projection, places: dict[str, Place], layer: int) -> bool:
    return places[projection.source].layer == layer == places[projection.target].layer


def _feeds(graph: Graph, places: dict[str, Place], layers: int) -> tuple[tuple[tuple[int, ...], ...], dict[str, int]]:
    """Return what feeds each layer, and for each projection the how-manieth feed from its source's layer it takes.

    A layer feeds another once, and once more for each further projection between the same two populations.
    """
    turns: dict[str, int] = {}
    taken: dict[tuple[str, str], int] = {}
    counts = np.zeros((layers, layers), np.int64)
    for each in graph.projections:
        source, target = places[each.source].layer, places[each.target].layer
        turn = taken.get((each.source, each.target), 0)
        taken[each.source, each.target] = turn + 1
        turns[each.name] = turn
        if source == target and turn:
            raise ConfigError(
                f"projection {each.name!r} is the second from {each.source!r} to {each.target!r}, which are part of a "
                "loop; put both into one"
            )
        if source != target:
            counts[target - 1, source] = max(counts[target - 1, source], turn + 1)
    return tuple(tuple(np.repeat(np.arange(layers), row).tolist()) for row in counts), turns


def _patch(projection: Projection, topology: Topology, places: dict[str, Place], turns: dict[str, int]) -> Patch:
    source, target = places[projection.source], places[projection.target]
    layer, own = target.layer - 1, source.layer == target.layer
    row = 0
    if not own:
        feeds = topology.feeds[layer]
        number = [k for k, each in enumerate(feeds) if each == source.layer][turns[projection.name]]
        row = sum(topology.sizes[each] for each in feeds[:number])
    return Patch(layer, own, (row + source.begin, row + source.end), (target.begin, target.end))


def _wiring(
    graph: Graph, topology: Topology, patches: dict[str, Patch], layer: int, populations: tuple[Population, ...]
) -> Wiring:
    mask = np.zeros((topology.fan_in(layer), topology.sizes[layer + 1]), bool)
    signs: list[set[int]] = [set() for _ in range(len(mask))]
    for each in graph.projections:
        patch = patches[each.name]
        if patch.layer == layer:
            shift = topology.below(layer) if patch.own else 0
            rows = slice(patch.rows[0] + shift, patch.rows[1] + shift)
            mask[rows, slice(*patch.columns)] = True if each.table is None else each.table.array
            for row in range(rows.start, rows.stop):
                signs[row].add(SIGNS[each.sign])
    one_sign = tuple(next(iter(each)) if len(each) == 1 else 0 for each in signs)
    wiring = Wiring(
        mask=None if mask.all() else Table.of(mask),
        signs=one_sign if any(one_sign) else None,
        circuits=tuple((p.size, p.circuits) for p in populations) if any(p.circuits for p in populations) else None,
        columns=_columns(populations),
    )
    return USUAL if wiring == USUAL else wiring


def _columns(populations: tuple[Population, ...]) -> tuple[int, ...] | None:
    if not any(each.columns for each in populations):
        return None
    return tuple(n for each in populations for n in (each.columns or (-1,) * each.size))
