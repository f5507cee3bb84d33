"""A random network on a wafer with random input: something to compare the levels on where there is no run."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...behavioral.events import SpikeBatch
from ...behavioral.grid import make_grid
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights
from ...behavioral.numerics.streams import check_seed
from ...checks import checked
from ...scalars import whole
from ..trials import Subject
from .chip import Bss1Chip

USUAL: Final = Topology(60, (50,), 5, (False,))
NETWORKS: Final = {"bss1-tiny": Topology(12, (9,), 3, (False,))}
"""Networks of chips that do not hold the usual one."""
DURATION_S: Final = 20e-6
RATE_HZ: Final = 4e4
"""Input events of each channel per second."""
MOST_SAMPLES: Final = 1 << 20


@checked
def random_subjects(preset: str, samples: int, seed: int = 0) -> list[Subject]:
    """Return a network on a calibrated wafer, whose chip is that of a preset; `seed` draws weights, input and wafer."""
    whole(samples, "samples", most=MOST_SAMPLES)
    rng, chip = np.random.default_rng(check_seed(seed)), Bss1Chip(preset, die=seed)
    topology, grid = NETWORKS.get(preset, USUAL), make_grid(chip.spec, DURATION_S)
    forward = tuple(
        rng.normal(2.0, 2.0, (sources, size)).astype(np.float32)
        for sources, size in zip(topology.sizes[:-1], topology.sizes[1:], strict=True)
    )
    count = rng.poisson(RATE_HZ * grid.duration_s, (samples, topology.inputs))
    sample, unit = (np.repeat(index.ravel(), count.ravel()) for index in np.indices(count.shape))
    time_s = rng.random(len(sample)) * grid.duration_s
    spikes = SpikeBatch.from_events(sample, unit, time_s, samples=samples, units=topology.inputs)
    trials = np.arange(samples, dtype=np.uint64)
    weights = NetworkWeights(forward, (None,) * len(topology.hidden))
    return [Subject(topology, weights, chip, grid, spikes, trials, None, f"random network {topology}")]
