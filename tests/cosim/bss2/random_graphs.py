"""Random graphs of populations, with weights and input, as what levels are compared on."""

from __future__ import annotations

import numpy as np
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.graph import LI, LIF, Graph, Projection, Source
from inloop.behavioral.network.lowering import lower
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.bss2.agreement import APART
from inloop.cosim.chip import Chip
from inloop.cosim.trials import Subject

SIGNS = ("both", "excitatory", "inhibitory")


def random_graph(rng: np.random.Generator, largest: int, circuits: tuple[int, ...] = (0, 0, 1, 2, 4)) -> Graph:
    """Return a graph: one or two inputs, up to four populations that spike, up to two readouts, any projections."""
    sources = [Source(f"in{k}", int(rng.integers(1, largest + 1))) for k in range(rng.integers(1, 3))]
    spiking = [
        LIF(f"h{k}", int(rng.integers(1, largest + 1)), circuits=int(rng.choice(circuits)))
        for k in range(rng.integers(1, 5))
    ]
    readouts = [LI(f"out{k}", int(rng.integers(1, 4))) for k in range(rng.integers(0, 3))]
    projections = []
    for source in (*sources, *spiking):
        for target in (*spiking, *readouts):
            for copy in range(int(rng.choice([0, 1, 1, 2]))):
                mask = None if rng.random() < 0.5 else rng.random((source.size, target.size)) < rng.choice([0.1, 0.6])
                projections.append(
                    Projection(
                        source.name,
                        target.name,
                        mask,
                        str(rng.choice(SIGNS)),
                        name=f"{source.name}-{target.name}-{copy}",
                    )
                )
                if source in spiking:
                    break  # two of the same may turn out to be part of a loop
    return Graph([*sources, *spiking, *readouts], projections)


def random_weights(topology: Topology, rng: np.random.Generator, strength: float) -> NetworkWeights:
    """Return weights where the network has connections, of the signs that they have."""
    forward, recurrent = [], []
    for layer, (below, neurons) in enumerate(topology.weight_shapes):
        wiring, fan_in = topology.wiring[layer], topology.fan_in(layer)
        from_inputs = np.arange(fan_in)[:, None] < topology.inputs * topology.feeds[layer].count(0)
        spread = np.where(from_inputs | (layer == len(topology.hidden)), strength, strength / 3)
        weight = rng.normal(0.3 * strength * from_inputs, spread, (fan_in, neurons))
        if wiring.mask is not None:
            weight = weight * wiring.mask.array
        if wiring.signs is not None:
            signs = np.array(wiring.signs)[:, None]
            weight = np.where(signs == 0, weight, signs * np.abs(weight))
        forward.append(weight[:below].astype(np.float32))
        if layer < len(topology.hidden):
            recurrent.append(weight[below:].astype(np.float32) if topology.recurrent[layer] else None)
    return NetworkWeights(tuple(forward), tuple(recurrent))


def graph_subject(
    graph: Graph, chip: Chip, rng: np.random.Generator, samples: int, events: int, strength: float = 0.3
) -> Subject:
    """Return a subject with so many uncongested input events per sample."""
    topology, grid = lower(graph).topology, make_grid(chip.spec, 11.6e-6)
    slots = round(grid.duration_s * chip.spec.clock_hz) // APART
    cycle = APART * np.argsort(rng.random((samples, slots)), axis=1)[:, :events]
    spikes = SpikeBatch.from_events(
        np.repeat(np.arange(samples), events), rng.integers(0, topology.inputs, cycle.size),
        ((cycle + 0.5) / chip.spec.clock_hz).ravel(), samples=samples, units=topology.inputs,
    )  # fmt: skip
    weights = random_weights(topology, rng, strength)
    return Subject(topology, weights, chip, grid, spikes, np.arange(samples, dtype=np.uint64), None, str(topology))
