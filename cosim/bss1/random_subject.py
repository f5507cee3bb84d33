"""A random network on a wafer with random input, busy enough that every level has something to differ in."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...behavioral.bss1.spec import hicann_spec
from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.streams import generator
from ...scalars import whole
from .agree import WaferSubject
from .chip import Wafer
from .configuration import Configuration, nearest_strength

NETWORKS: Final = {
    "bss1": Topology(100, (15, 15), 5, (False, False)),  # the published one
    "bss1-tiny": Topology(12, (9,), 3, (False,)),  # on two chips
}
STEPS: Final = {"bss1": 900, "bss1-tiny": 200}
BUSY: Final = 0.03
"""Chance of an event of an input in a step."""
CODES: Final = (-6, 15)
STRENGTH: Final = 110.0
"""Of synapses from so few sources as 12; more sources have weaker ones."""
MOST_SAMPLES: Final = 1 << 14


def random_wafer_subject(preset: str, samples: int, seed: int, network: Topology | None = None) -> WaferSubject:
    """Return the network of a chip preset, or another one on it. Raises `ConfigError` for an unknown preset
    and for too many samples."""
    spec = hicann_spec(preset)
    topology, steps = network or NETWORKS[preset], STEPS[preset]
    whole(samples, "samples", most=MOST_SAMPLES)
    rng = generator(seed, "data")
    dense = np.stack([rng.random((steps, topology.inputs)) < BUSY for _ in range(samples)])
    edges = np.concatenate([[0], np.cumsum(dense.sum(axis=2))])
    first = np.column_stack([edges[:-1].reshape(samples, steps), edges[steps::steps]])
    spikes = GridEvents(first, np.nonzero(dense)[2].astype(np.int32), topology.inputs)
    codes = tuple(
        rng.integers(CODES[0], CODES[1] + 1, (topology.sizes[k] + 1, size)) for k, size in enumerate(topology.sizes[1:])
    )
    strengths = tuple((nearest_strength(STRENGTH * min(1, 12 / sources), spec),) * 2 for sources in topology.sizes[:-1])
    configuration = Configuration(codes, strengths, bias_steps=4)
    name = f"{topology} of rates on {preset}"
    return WaferSubject(
        topology, Wafer(spec, die=seed), TimeGrid(spec.step_s, steps, steps), configuration, spikes, name
    )
