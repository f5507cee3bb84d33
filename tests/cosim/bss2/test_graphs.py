"""Graphs of populations at all levels: class A bit for bit, B within a step, C against the behavioral level."""

from __future__ import annotations

import numpy as np
import pytest
from inloop.behavioral.network.graph import LI, LIF, Graph, Projection, Source
from inloop.behavioral.network.lowering import lower
from inloop.cosim.agree import agree
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.errors import DoesNotFitError

from tests.cosim.bss2.random_graphs import graph_subject, random_graph

HALF = np.random.default_rng(1).random((120, 120)) < 0.1
GRAPHS = {
    "skip": Graph(
        [Source("in", 40), LIF("a", 50), LIF("b", 30), LI("out", 5)],
        [Projection(a, b) for a, b in (("in", "a"), ("in", "b"), ("a", "b"), ("a", "out"), ("b", "out"))],
    ),
    "two in a loop, one circuit each": Graph(
        [Source("in", 30), LIF("a", 140, circuits=1), LIF("b", 160, circuits=1), LI("out", 4)],
        [
            Projection("in", "a"), Projection("a", "b", np.random.default_rng(2).random((140, 160)) < 0.1),
            Projection("b", "a", np.random.default_rng(3).random((160, 140)) < 0.1), Projection("b", "out"),
        ],
    ),
    "merged columns": Graph(
        [Source("in", 300), LIF("a", 40), LIF("b", 9, circuits=2), LI("out", 3)],
        [Projection("in", "a"), Projection("a", "a"), Projection("a", "b"), Projection("b", "out")],
    ),
    "reservoir": Graph(
        [Source("in", 40), LIF("pool", 120), LI("out", 5)],
        [Projection("in", "pool"), Projection("pool", "pool", HALF, "inhibitory"), Projection("pool", "out")],
    ),
    "two inputs, two readouts, one of a single sign": Graph(
        [Source("x", 20), Source("y", 15), LIF("a", 30), LIF("b", 30), LI("p", 3), LI("q", 2)],
        [
            Projection("x", "a"), Projection("y", "b", sign="excitatory"), Projection("a", "b", sign="inhibitory"),
            Projection("a", "p"), Projection("b", "q"), Projection("x", "a", name="again"),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GRAPHS)
def test_the_levels_agree(name: str) -> None:
    rng = np.random.default_rng(7)
    subject = graph_subject(GRAPHS[name], Chip("bss2", die=3, noise="off"), rng, 12, 80)
    comparisons = agree(subject, ["ideal", "behavioral", "event", "verilog"])
    assert [comparison.trial.kind for comparison in comparisons] == ["C", "B", "B", "A"]
    for comparison in comparisons:
        assert comparison.agrees, (comparison.trial.kind, comparison.quantities, comparison.first)
    level = open_level("event", subject.topology, subject.chip, subject.grid)
    seen = level.run(subject.spikes, subject.weights, subject.trials)
    assert sum(int(layer.counts().sum()) for layer in seen.spikes) > 100


@pytest.mark.parametrize("seed", range(6))
def test_random_graphs_are_equal_bit_for_bit_at_the_digital_levels(seed: int) -> None:
    rng, tried = np.random.default_rng([seed, 11]), 0
    while tried < 3:
        graph = random_graph(rng, 5)
        subject = graph_subject(graph, Chip("tiny", die=seed), rng, 3, 60, 1.5)
        levels = ["event", "verilog", *(["rtl"] if tried == 0 else [])]
        try:
            comparisons = agree(subject, levels)
        except DoesNotFitError:
            continue
        tried += 1
        for comparison in comparisons:
            assert comparison.agrees, (graph, comparison.quantities, comparison.first)


def test_neurons_of_one_circuit_lie_in_both_hemispheres() -> None:
    graph = GRAPHS["two in a loop, one circuit each"]
    level = open_level("event", lower(graph).topology, Chip("bss2"), graph_subject(
        graph, Chip("bss2"), np.random.default_rng(0), 1, 1).grid)  # fmt: skip
    circuits = np.concatenate(level.routing.circuits)  # type: ignore[attr-defined]
    assert (circuits >= 256).any()
    assert len(set(circuits.tolist())) == 304


def test_populations_with_parameters_of_their_own_agree() -> None:
    """Time constants, leaks, resets, thresholds and rests per population and per neuron, at all levels."""
    rng = np.random.default_rng(5)
    graph = Graph(
        [
            Source("in", 40),
            LIF("fast", 40, tau_mem_s=4e-6, tau_syn_exc_s=3e-6, tau_syn_inh_s=8e-6, refractory_s=1e-6, leak=0.1),
            LIF("slow", 30, tau_mem_s=rng.uniform(9e-6, 15e-6, 30), threshold=rng.uniform(0.7, 1.2, 30), reset=-0.2),
            LI("out", 4, tau_mem_s=10e-6),
        ],
        [Projection(*ends) for ends in (("in", "fast"), ("in", "slow"), ("fast", "slow"), ("slow", "out"))],
    )
    subject = graph_subject(graph, Chip("bss2", die=3, noise="off"), np.random.default_rng(8), 12, 80, 0.25)
    comparisons = agree(subject, ["ideal", "behavioral", "event", "verilog"])
    for comparison in comparisons:
        assert comparison.agrees, (comparison.trial.kind, comparison.quantities, comparison.first)
    seen = open_level("event", subject.topology, subject.chip, subject.grid).run(
        subject.spikes, subject.weights, subject.trials
    )
    assert all(layer.counts().sum() > 50 for layer in seen.spikes)
