"""A random network on a wafer with random input and codes by hand: every level has something to differ in."""

from __future__ import annotations

from typing import Final

import numpy as np
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.numerics.streams import generator
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.cosim.bss1.configuration import Configuration, nearest_strength
from inloop.cosim.trials import Subject

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


def busy_subject(preset: str, samples: int, seed: int, network: Topology | None = None) -> Subject:
    """Return the network of a chip preset, or another one on it."""
    spec = bss1_spec(preset)
    topology, steps = network or NETWORKS[preset], STEPS[preset]
    rng = generator(seed, "data")
    dense = rng.random((samples, steps, topology.inputs)) < BUSY
    sample, step, unit = np.nonzero(dense)
    time_s = (step + 0.5) * spec.step_s
    spikes = SpikeBatch.from_events(sample, unit, time_s, samples=samples, units=topology.inputs)
    codes = tuple(
        rng.integers(CODES[0], CODES[1] + 1, (topology.sizes[k] + 1, size)) for k, size in enumerate(topology.sizes[1:])
    )
    strengths = tuple((nearest_strength(STRENGTH * min(1, 12 / sources), spec),) * 2 for sources in topology.sizes[:-1])
    configuration = Configuration(codes, strengths, bias_steps=4)
    chip, grid = Bss1Chip(spec, die=seed), TimeGrid(spec.step_s, steps, steps)
    trials = np.arange(samples, dtype=np.uint64)
    return Subject(topology, configuration, chip, grid, spikes, trials, None, f"{topology} on {preset}")
