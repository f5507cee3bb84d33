"""What goes into a level of the wafer, and the observation that comes of it.

The outputs are neurons that spike. The readout is what the host makes of their spikes: each leaves a post-synaptic
potential of the nominal neuron, of height 1 (`cosim/filtered.py`). The chip has no converter that reads all membranes.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.neuron import DTYPE
from ...behavioral.bss1.spec import Bss1Spec
from ...behavioral.events import GridEvents, SpikeBatch
from ...behavioral.grid import TimeGrid
from ...behavioral.network.reconstruct import TraceScale
from ...behavioral.network.topology import Topology
from ...behavioral.network.weights import NetworkWeights
from ...behavioral.numerics.vectors import NARROW, padded
from ..buffers import active_masks, checked_batch, checked_inputs
from ..filtered import filtered
from ..observation import Observation, Recorded
from .configuration import Configuration, check_configuration, configured

MISSING: Final = "are not recorded: BrainScaleS-1 has no converter that reads all neurons; the level `ideal` has them"


def taken(
    spikes: SpikeBatch | GridEvents, weights: NetworkWeights | Configuration, trials: Any, topology: Topology,
    grid: TimeGrid, spec: Bss1Spec,
) -> tuple[GridEvents, Configuration, np.dtype[Any]]:  # fmt: skip
    """Return the checked input on the grid, what is written into the chips, and the type of the readout."""
    if isinstance(weights, Configuration):
        check_configuration(weights, topology, spec)
        return checked_batch(spikes, topology, grid), weights, np.dtype(DTYPE)
    return checked_inputs(spikes, weights, trials, topology, grid), configured(weights, spec), weights.forward[0].dtype


def resting(silenced: NDArray[np.bool_] | None, samples: int, lanes: int) -> NDArray[np.float32]:
    """Return the steps of rest with which neurons begin, (samples, lanes): those that must not fire rest for ever."""
    out = np.zeros((samples, lanes), DTYPE)
    if silenced is not None:
        out[:, : silenced.shape[1]][silenced] = np.inf
    return out


def layer_resting(
    topology: Topology, samples: int, silenced: tuple[NDArray[np.bool_], ...] | None
) -> tuple[NDArray[np.float32], ...]:
    """Return `resting` for each layer, the outputs last."""
    masks = (*(silenced or (None,) * len(topology.hidden)), None)
    sizes = topology.sizes[1:]
    return tuple(resting(mask, samples, padded(size, NARROW)) for mask, size in zip(masks, sizes, strict=True))


def observation(
    topology: Topology, spec: Bss1Spec, grid: TimeGrid, inputs: GridEvents, events: tuple[GridEvents, ...],
    dtype: np.dtype[Any], silenced: tuple[NDArray[np.bool_], ...] | None, **rest: Any,
) -> Observation:  # fmt: skip
    """Return the observation of these events, per layer, the outputs last. rest: further fields of it."""
    *hidden, outputs = events
    real, nothing = dtype.type, np.empty((0, 0, 0), dtype)
    recorded = Recorded(
        (nothing,) * len(hidden), TraceScale(real(0), real(1), grid.sample_steps, real(spec.start_unit)),
        active_masks(topology, inputs.samples, silenced, dtype), MISSING,
    )  # fmt: skip
    return Observation(
        grid=grid, inputs=inputs, spikes=tuple(hidden), readout=filtered(outputs, spec, grid, dtype),
        recorded=recorded, chip_time_s=inputs.samples * grid.duration_s, outputs=outputs, **rest,
    )  # fmt: skip
