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
from ..behavioral.topology import Topology
from ..behavioral.vectors import padded
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
    block = stack.pop() if stack else np.empty(size, np.uint8).data
    flat = np.frombuffer(block, dtype)
    weakref.finalize(flat, _give_back, stack, block).atexit = False
    return flat.reshape(shape)


def _give_back(stack: list[memoryview], block: memoryview) -> None:
    if len(stack) < 4:
        stack.append(block)


def grid_inputs(spikes: SpikeBatch, topology: Topology, grid: TimeGrid) -> GridEvents:
    """Put input events on the grid. Raises `SpikeError` for a wrong number of channels or bad times."""
    if spikes.units != topology.inputs:
        raise SpikeError(f"spikes have {spikes.units} channels, the network has {topology.inputs} inputs")
    if spikes.samples < 1:
        raise SpikeError("the batch has no samples")
    return to_grid(spikes, grid)


def event_room(samples: int, steps: int, neurons: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return `first` and `unit` with room for every neuron in every step."""
    return recycled((samples, steps + 1), np.int64), recycled((samples * (steps * neurons + 1),), np.int32)


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
    for layer, silent in enumerate(silenced):
        if silent.shape != (samples, topology.hidden[layer]):
            raise ConfigError(
                f"silenced[{layer}] has shape {silent.shape}, expected {(samples, topology.hidden[layer])}"
            )
        masks[layer][:, : topology.hidden[layer]][silent] = 0
    return masks
