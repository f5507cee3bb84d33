"""Random networks with random, uncongested input: something to compare the levels on where there is no run."""

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
from ..trials import APART, Subject
from .chip import Chip

INPUTS, HIDDEN, OUTPUTS = 64, 120, 10
DURATION_S: Final = 11.6e-6
EVENTS: Final = 100
"""Input events per sample."""
MOST_SAMPLES: Final = 1 << 20


@checked
def random_subject(samples: int, recurrent: bool = False, seed: int = 0, die: int = 0) -> Subject:
    """Return a network on an uncalibrated, noisy chip; `seed` draws weights and input."""
    whole(samples, "samples", most=MOST_SAMPLES)
    rng = np.random.default_rng([check_seed(seed), recurrent])
    chip, topology = Chip("bss2", die=die), Topology(INPUTS, (HIDDEN,), OUTPUTS, (recurrent,))
    grid = make_grid(chip.spec, DURATION_S)

    def normal(mean: float, spread: float, rows: int, columns: int) -> np.ndarray:
        return rng.normal(mean, spread, (rows, columns)).astype(np.float32)

    forward = normal(0.1, 0.3, INPUTS, HIDDEN), normal(0, 1, HIDDEN, OUTPUTS)
    weights = NetworkWeights(forward, (normal(0, 0.1, HIDDEN, HIDDEN) if recurrent else None,))
    slots = round(grid.duration_s * chip.spec.clock_hz) // APART
    cycle = APART * np.argsort(rng.random((samples, slots)), axis=1)[:, :EVENTS]
    spikes = SpikeBatch.from_events(
        np.repeat(np.arange(samples), EVENTS), rng.integers(0, INPUTS, cycle.size),
        ((cycle + 0.5) / chip.spec.clock_hz).ravel(), samples=samples, units=INPUTS,
    )  # fmt: skip
    name = f"random {'recurrent' if recurrent else 'feed-forward'} network {topology}"
    return Subject(topology, weights, chip, grid, spikes, np.arange(samples, dtype=np.uint64), None, name)
