"""Random networks with random, uncongested input: something to compare the levels on where there is no run."""

from __future__ import annotations

from dataclasses import replace
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
from .agreement import APART
from .chip import Bss2Chip

USUAL: Final = Topology(64, (120,), 10, (False,))
NETWORKS: Final = {"tiny": Topology(6, (8,), 3, (False,))}
"""Networks of chips that do not hold the usual one."""
DURATION_S: Final = 11.6e-6
EVENTS: Final = 100
"""Input events per sample."""
MOST_SAMPLES: Final = 1 << 20


@checked
def random_subject(samples: int, recurrent: bool = False, seed: int = 0, die: int = 0, chip: str = "bss2") -> Subject:
    """Return a network on an uncalibrated, noisy chip; `seed` draws weights and input."""
    whole(samples, "samples", most=MOST_SAMPLES)
    rng = np.random.default_rng([check_seed(seed), recurrent])
    on, topology = Bss2Chip(chip, die=die), replace(NETWORKS.get(chip, USUAL), recurrent=(recurrent,))
    inputs, (hidden,), outputs = topology.inputs, topology.hidden, topology.outputs
    grid = make_grid(on.spec, DURATION_S)

    def normal(mean: float, spread: float, rows: int, columns: int) -> np.ndarray:
        return rng.normal(mean, spread, (rows, columns)).astype(np.float32)

    forward = normal(0.1, 0.3, inputs, hidden), normal(0, 1, hidden, outputs)
    weights = NetworkWeights(forward, (normal(0, 0.1, hidden, hidden) if recurrent else None,))
    slots = round(grid.duration_s * on.spec.clock_hz) // APART
    cycle = APART * np.argsort(rng.random((samples, slots)), axis=1)[:, :EVENTS]
    spikes = SpikeBatch.from_events(
        np.repeat(np.arange(samples), EVENTS), rng.integers(0, inputs, cycle.size),
        ((cycle + 0.5) / on.spec.clock_hz).ravel(), samples=samples, units=inputs,
    )  # fmt: skip
    name = f"random {'recurrent' if recurrent else 'feed-forward'} network {topology}"
    return Subject(topology, weights, on, grid, spikes, np.arange(samples, dtype=np.uint64), None, name)


@checked
def random_subjects(preset: str, samples: int, seed: int = 0) -> list[Subject]:
    """Return a feed-forward and a recurrent network on the chip of a preset."""
    return [random_subject(samples, recurrent, seed, chip=preset) for recurrent in (False, True)]
