"""A random network on the made-up chip."""

from __future__ import annotations

import numpy as np
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.trials import Subject

from .chip import RingChip


def random_subjects(preset: str, samples: int, seed: int = 0) -> list[Subject]:
    """Return a feed-forward and a recurrent network."""
    return [_subject(preset, samples, seed, looped) for looped in (False, True)]


def _subject(preset: str, samples: int, seed: int, looped: bool) -> Subject:
    rng, chip = np.random.default_rng([seed, looped]), RingChip(preset)
    topology, grid = Topology(12, (14,), 4, (looped,)), make_grid(chip.spec, 20e-6)
    forward = tuple(rng.normal(0.8, 1, shape).astype(np.float32) for shape in ((12, 14), (14, 4)))
    own = rng.normal(0, 0.4, (14, 14)).astype(np.float32) if looped else None
    events = samples * 60
    spikes = SpikeBatch.from_events(
        np.repeat(np.arange(samples), 60), rng.integers(0, 12, events), rng.uniform(0, grid.duration_s, events),
        samples=samples, units=12,
    )  # fmt: skip
    trials = np.arange(samples, dtype=np.uint64)
    return Subject(topology, NetworkWeights(forward, (own,)), chip, grid, spikes, trials, None, f"network {topology}")
