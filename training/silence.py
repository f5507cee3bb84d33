"""What the readout records without input: the course that a user of the chip measures once, and subtracts.

Each readout circuit starts at its own reset, relaxes to where it rests, and is read by a CADC channel with an offset of
its own. None of that depends on the weights, so a few trials without events and hidden spikes tell it for good.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.events import SpikeBatch
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights, readout_lsb_per_unit
from ..behavioral.numerics.types import Reals
from ..cosim.observation import Level

TRIALS: Final = 16
FIRST_TRIAL: Final = 1 << 62  # noise counters far from those of training and evaluation


def silent_course(level: Level, topology: Topology, spec: Design) -> NDArray[np.float32]:
    """Return the mean readout of trials without input, (records, outputs), in units of weight codes.

    Divided by the codes per software unit of a readout's weights (`readout_lsb_per_unit`) it is in software units.
    """
    hidden = zip(topology.hidden, topology.recurrent, strict=True)
    own = tuple(np.zeros((size, size), np.float32) if looped else None for size, looped in hidden)
    weights = NetworkWeights(tuple(_any_weights(topology, layer) for layer in range(len(topology.sizes) - 1)), own)
    nothing = SpikeBatch.from_events([], [], [], samples=TRIALS, units=topology.inputs)
    still: tuple[NDArray[np.bool_], ...] = tuple(np.ones((TRIALS, size), bool) for size in topology.hidden)
    trials = np.arange(TRIALS, dtype=np.uint64) + np.uint64(FIRST_TRIAL)
    seen = level.run(nothing, weights, trials, still, record_membranes=False)
    course: Reals = seen.readout.mean(axis=0) * readout_lsb_per_unit(weights.forward[-1], spec)
    return course.astype(np.float32)


def _any_weights(topology: Topology, layer: int) -> NDArray[np.float32]:
    """Return weights that the network can have; without spikes they do not matter."""
    wiring, shape = topology.wiring[layer], topology.weight_shapes[layer]
    weights = np.ones(shape, np.float32)
    if wiring.mask is not None:
        weights *= wiring.mask.array[: shape[0]]
    if wiring.signs is not None:
        signs = np.array(wiring.signs[: shape[0]], np.float32)
        weights *= np.where(signs == 0, 1, signs)[:, None]
    return weights
