"""The spikes of two levels side by side: equal to the cycle, or paired within a grid step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .observation import Observation
from .quantities import Difference, Divergence, Quantity

Array = NDArray[Any]


def spikes_exactly(one: Observation, two: Observation) -> Difference:
    """Compare spikes by sample, neuron and cycle, or grid step where a level does not know the cycle."""
    exact = bool(one.cycles and two.cycles)
    keys, shape = _keys([one, two], exact)
    differ = np.setxor1d(keys[0], keys[1])
    quantity = Quantity("spikes that differ", "count", 0, len(differ), max(len(keys[0]), len(keys[1])))
    return quantity, _spike(int(differ[0]), shape, keys, exact) if len(differ) else None


def spikes_within_a_step(one: Observation, two: Observation, bound: float | None) -> Difference:
    """Pair each spike with one of the same neuron at most one grid step away; report the share that finds a partner."""
    keys, shape = _keys([one, two], exact=False)
    alone = _unpaired(*(_by_neuron(key, shape) for key in keys))
    most = max(len(keys[0]), len(keys[1]))
    amount = max(len(alone[0]), len(alone[1]))
    quantity = Quantity("spikes paired within a step, %", "percent", bound, amount, most)
    differ = [_by_time(key, shape).min() for key in alone if len(key)]
    return quantity, _spike(int(min(differ)), shape, keys, exact=False) if differ else None


def spikes_to_first_shift(one: Observation, two: Observation) -> Quantity:
    """Pair spikes as above, in each sample up to the first one that finds no partner.

    Before it, all neurons saw the same spikes; after it, what differs comes from that spike, too.
    """
    keys, shape = _keys([one, two], exact=False)
    alone = [_by_time(key, shape) for key in _unpaired(*(_by_neuron(key, shape) for key in keys))]
    first = np.full(shape[0], shape[1])
    for key in alone:
        sample, time, _ = np.unravel_index(key, shape)
        np.minimum.at(first, sample, time)

    def until(key: Array) -> int:
        sample, time, _ = np.unravel_index(key, shape)
        return int((time <= first[sample]).sum())

    amount, most = (max(until(key) for key in each) for each in (alone, keys))
    return Quantity("… up to the first without partner, %", "percent", None, amount, most)


def _keys(seen: list[Observation], exact: bool) -> tuple[list[Array], tuple[int, int, int]]:
    """Return the spikes of each observation as sorted numbers, sample, time and neuron in the given shape."""
    steps, neurons = seen[0].grid.steps, sum(s.units for s in seen[0].spiking)
    times = round(steps * seen[0].grid.step_s / seen[0].cycle_s) if exact else steps
    shape, keys = (seen[0].inputs.samples, times, neurons), []
    for each in seen:
        before, parts = 0, []
        for layer, events in enumerate(each.spiking):
            sample, step, unit = events.table()
            time = each.cycles[layer] if exact else step
            parts.append(np.ravel_multi_index((sample, time.astype(np.int64), unit.astype(np.int64) + before), shape))
            before += events.units
        keys.append(np.sort(np.concatenate(parts)))
    return keys, shape


def _by_neuron(keys: Array, shape: tuple[int, int, int]) -> Array:
    """Return keys in which the spikes of a neuron lie next to each other, those of others more than a step apart."""
    sample, time, neuron = np.unravel_index(keys, shape)
    return np.sort((sample * shape[2] + neuron) * (shape[1] + 1) + time)


def _by_time(keys: Array, shape: tuple[int, int, int]) -> Array:
    """Undo `_by_neuron`."""
    place, time = np.divmod(keys, shape[1] + 1)
    return np.ravel_multi_index((place // shape[2], time, place % shape[2]), shape)


def _unpaired(one: Array, two: Array) -> tuple[Array, Array]:
    """Pair sorted numbers that differ by at most 1, the lowest first; return what is left of both."""
    left: tuple[list[int], list[int]] = ([], [])
    a, b = one.tolist(), two.tolist()
    i = j = 0
    while i < len(a) and j < len(b):
        if abs(a[i] - b[j]) <= 1:
            i, j = i + 1, j + 1
        elif a[i] < b[j]:
            left[0].append(a[i])
            i += 1
        else:
            left[1].append(b[j])
            j += 1
    return np.array(left[0] + a[i:], np.int64), np.array(left[1] + b[j:], np.int64)


def _spike(key: int, shape: tuple[int, int, int], keys: list[Array], exact: bool) -> Divergence:
    sample, time, neuron = (int(index) for index in np.unravel_index(key, shape))
    has = ["spike" if key in k else "no spike" for k in keys]
    return Divergence(sample, time, "cycle" if exact else "step", "spike", f"neuron {neuron}", (has[0], has[1]))
