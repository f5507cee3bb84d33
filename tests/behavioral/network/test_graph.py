"""Graphs of populations: what is refused, what their stages are, and that layers hold the same connections."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.network.graph import LI, LIF, Graph, Population, Projection, Source
from inloop.behavioral.network.lowering import lower
from inloop.errors import ConfigError

from tests.cosim.bss2.random_graphs import random_graph

IN, A, B, OUT = Source("in", 4), LIF("a", 3), LIF("b", 2), LI("out", 2)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Graph([IN, A], [Projection("in", "c")]), "there is no population 'c'; there are in, a"),
        (lambda: Graph([IN, A], [Projection("a", "in")]), "'in' is a source, nothing projects to it"),
        (lambda: Graph([IN, A, OUT], [Projection("out", "a")]), "'out' is of leaky integrators, which do not spike"),
        (lambda: Graph([IN, A], [Projection("in", "a", np.ones((3, 4)))]), r"shape \(3, 4\), it must be .* \(4, 3\)"),
        (lambda: Projection("in", "a", np.full((4, 3), 2)), "must be a matrix of 0 and 1"),
        (lambda: Projection("in", "a", "all"), "mask of projection 'in-a' = 'all' must be"),
        (lambda: Projection("in", "a", sign="positive"), "must be one of both, excitatory, inhibitory"),
        (lambda: Graph([IN, A, A], []), "two populations are called 'a'"),
        (lambda: Graph([IN, A], [Projection("in", "a"), Projection("in", "a")]), "two projections are called 'in-a'"),
        (lambda: Graph([A], []), "needs a source"),
        (lambda: Population("x", 0), "size of population 'x' = 0 must be a positive whole number"),
        (lambda: Population("x", 3, "exotic"), "kind = 'exotic' of population 'x' must be one of source, lif, li"),
        (lambda: Population("a.b", 3), "a short text without dots"),
        (lambda: LIF("x", 3, columns=(1, 2)), "2 columns for 3 neurons of population 'x'"),
        (lambda: Population("x", 3, "source", circuits=1), "is a source, which has no circuits"),
        (lambda: lower(Graph([IN, OUT], [Projection("in", "out")])), "needs a population that spikes"),
        (
            lambda: lower(
                Graph([IN, A, B], [Projection("a", "b"), Projection("b", "a"), Projection("a", "b", name="x")])
            ),
            "'x' is the second from 'a' to 'b', which are part of a loop",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_a_sentence(make: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        make()


def test_stages_are_the_strongly_connected_parts_in_their_order() -> None:
    c = LIF("c", 1)
    edges = [("in", "c"), ("c", "b"), ("b", "a"), ("a", "b"), ("b", "out")]
    graph = Graph([IN, A, B, c, OUT], [Projection(*edge) for edge in edges])
    assert [[each.name for each in stage] for stage in graph.stages] == [["c"], ["a", "b"]]
    topology = lower(graph).topology
    assert (topology.hidden, topology.recurrent) == ((1, 5), (False, True))
    assert topology.feeds == ((0,), (1,), (2,))


def test_a_chain_is_the_topology_of_before() -> None:
    graph = Graph([IN, A, B, OUT], [Projection(*edge) for edge in (("in", "a"), ("a", "b"), ("b", "out"))])
    assert str(lower(graph).topology) == "4-3-2-2"
    assert lower(graph).topology.chain
    assert "in-a      12 synapses, in → a" in str(graph)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_the_layers_hold_the_connections_of_the_graph(seed: int) -> None:
    """Each projection's mask, put back together from the masks of the layers."""
    graph = random_graph(np.random.default_rng(seed), 4)
    lowered = lower(graph)
    topology, total = lowered.topology, 0
    for each in graph.projections:
        patch = lowered.patches[each.name]
        wiring = topology.wiring[patch.layer]
        shape = topology.fan_in(patch.layer), topology.sizes[patch.layer + 1]
        mask = np.ones(shape, bool) if wiring.mask is None else wiring.mask.array
        shift = topology.below(patch.layer) if patch.own else 0
        found = mask[patch.rows[0] + shift : patch.rows[1] + shift, slice(*patch.columns)]
        wanted = np.ones(found.shape, bool) if each.table is None else each.table.array
        np.testing.assert_array_equal(found, wanted)
        total += int(wanted.sum())
    held = [np.prod((topology.fan_in(k), n)) if w.mask is None else w.mask.array.sum()
            for k, (w, n) in enumerate(zip(topology.wiring, topology.sizes[1:], strict=True))]  # fmt: skip
    assert sum(held) == total
