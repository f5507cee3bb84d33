"""Arrays that the compiled levels fill.

Fresh memory costs page faults that exceed the computation, so blocks are used again once nobody refers to them.
"""

from __future__ import annotations

import math
import weakref
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..behavioral.events import GridEvents, SpikeBatch, to_grid
from ..behavioral.grid import TimeGrid
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights, check_weights
from ..behavioral.numerics.vectors import padded
from ..errors import ConfigError, SpikeError

Array = NDArray[Any]

_KEPT_BYTES = 64 << 20  # larger blocks go back to the system
_free: dict[int, list[memoryview]] = {}


def recycled(shape: tuple[int, ...], dtype: Any) -> Array:
    """Return an uninitialised array; its memory is used again after the array and all its views are gone."""
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    if not 0 < size <= _KEPT_BYTES:
        return np.empty(shape, dtype)
    stack = _free.setdefault(size, [])
    try:
        block = stack.pop()  # two threads may come for the last one
    except IndexError:
        block = np.empty(size, np.uint8).data
    flat = np.frombuffer(block, dtype)
    weakref.finalize(flat, _give_back, stack, block).atexit = False
    return flat.reshape(shape)


def _give_back(stack: list[memoryview], block: memoryview) -> None:
    if len(stack) < 4:
        if len(_free) > 64:  # sizes come and go; keep those of the current work
            _free.clear()
        stack.append(block)


def checked_inputs(
    spikes: SpikeBatch | GridEvents,
    weights: NetworkWeights,
    trials: NDArray[np.uint64],
    topology: Topology,
    grid: TimeGrid,
) -> GridEvents:
    """Return the input events on the grid, after everything has been checked that compiled code would not notice.

    Raises `SpikeError` for a wrong number of channels and events that cannot be, `ConfigError` for arrays of wrong
    shapes, and for weights that are not finite.
    """
    if isinstance(spikes, GridEvents):
        spikes = spikes.checked()
    _check_batch(spikes, topology)
    check_weights(weights, topology)
    if trials.shape != (spikes.samples,):
        raise ConfigError(f"{trials.shape} trial numbers for {spikes.samples} samples")
    if trials.dtype.kind not in "iu" or trials.min() < 0:
        raise ConfigError(f"trial numbers must be whole and not negative, got {trials.dtype}, from {trials.min()}")
    return _on_grid(spikes, grid)


def checked_batch(spikes: SpikeBatch | GridEvents, topology: Topology, grid: TimeGrid) -> GridEvents:
    """Return the input events on the grid. Raises `SpikeError` as `checked_inputs` does."""
    spikes = spikes.checked() if isinstance(spikes, GridEvents) else spikes
    _check_batch(spikes, topology)
    return _on_grid(spikes, grid)


def _check_batch(spikes: SpikeBatch | GridEvents, topology: Topology) -> None:
    if spikes.units != topology.inputs:
        raise SpikeError(f"spikes have {spikes.units} channels, the network has {topology.inputs} inputs")
    if spikes.samples < 1:
        raise SpikeError("the batch has no samples")


def _on_grid(spikes: SpikeBatch | GridEvents, grid: TimeGrid) -> GridEvents:
    if not isinstance(spikes, GridEvents):
        return to_grid(spikes, grid)
    if spikes.steps != grid.steps:
        raise SpikeError(f"spikes are on a grid of {spikes.steps} steps, the level runs {grid.steps}")
    return spikes


def event_room(samples: int, steps: int, neurons: int, age: np.dtype[Any] | None = None) -> GridEvents:
    """Return events with room for every neuron in every step, and for ages of the given type."""
    room = (samples * (steps * neurons + 1),)
    first, unit = recycled((samples, steps + 1), np.int64), recycled(room, np.int32)
    return GridEvents(first, unit, neurons, None if age is None else recycled(room, age))


def time_last(records: Array) -> Array:
    """Return (samples, records, channels) with the records next to each other in memory: maxima over time are fast."""
    return np.ascontiguousarray(records.transpose(0, 2, 1)).transpose(0, 2, 1)


@lru_cache(maxsize=32)
def _all_active(samples: int, lanes: int, dtype: np.dtype[Any]) -> Array:
    return np.ones((samples, lanes), dtype)


def active_masks(
    topology: Topology, samples: int, silenced: tuple[NDArray[np.bool_], ...] | None, dtype: np.dtype[Any]
) -> tuple[Array, ...]:
    """Return per hidden layer (samples, padded neurons): 0 where silenced, else 1.

    Raises `ConfigError` for masks of another shape.
    """
    if silenced is None:
        return tuple(_all_active(samples, padded(size), dtype) for size in topology.hidden)
    masks = tuple(np.ones((samples, padded(size)), dtype) for size in topology.hidden)
    if len(silenced) != len(masks):
        raise ConfigError(f"{len(silenced)} masks of silenced neurons for {len(masks)} hidden layers")
    for layer, silent in enumerate(silenced):
        if silent.shape != (samples, topology.hidden[layer]):
            raise ConfigError(
                f"silenced[{layer}] has shape {silent.shape}, expected {(samples, topology.hidden[layer])}"
            )
        masks[layer][:, : topology.hidden[layer]][np.asarray(silent, bool)] = 0
    return masks
