"""Values as rates: input x, 0 ≤ x ≤ 1, spikes x · rate times per second.

regular   spikes at equal distances; the phase of each input is random in each sample
poisson   in each grid step with probability x · rate · step, independently

Draws come from the counter-based generator of `behavioral/numerics/noise.py`, keyed by seed and trial of the sample.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.numerics.compiled import borrowing, kernel
from ...behavioral.numerics.noise import counter, trial_key, word
from ...behavioral.numerics.streams import key
from ...errors import ConfigError, SpikeError

Train = Literal["regular", "poisson"]

_BITS: Final = 12  # of a draw


def rate_code(
    values: NDArray[Any], rate_hz: float, grid: TimeGrid, train: Train, seed: int, trials: NDArray[np.uint64]
) -> GridEvents:
    """Return spike trains for values (samples, inputs); at most one spike per input and step.

    trials: counter of each sample's draws. Raises `SpikeError` for values outside 0..1, `ConfigError` for a rate
    beyond one spike per step or an unknown kind of train.
    """
    if not (values.ndim == 2 and ((values >= 0) & (values <= 1)).all()):
        raise SpikeError("values that become rates must be numbers from 0 to 1, as an array (samples, inputs)")
    if not 0 < rate_hz * grid.step_s <= 1:
        raise ConfigError(f"rate_hz = {rate_hz:g} must be positive and at most {1 / grid.step_s:g}, one spike per step")
    if train not in ("regular", "poisson"):
        raise ConfigError(f"unknown spike train {train!r}; known: regular, poisson")
    per_step = np.minimum(values.astype(np.float64) * (rate_hz * grid.step_s), 1.0)
    first = np.zeros((len(values), grid.steps + 1), np.int64)
    unit = np.empty(int(np.ceil(per_step * grid.steps).sum()) + values.size, np.int32)
    fill = _poisson if train == "poisson" else _regular
    while (used := fill(per_step, np.uint64(key(seed, "spike-trains")), trials, first, unit)) < 0:
        unit = np.empty(2 * len(unit), np.int32)
    return GridEvents(first, unit[:used], values.shape[1])


@borrowing
def _uniform(sample_key, t, i):  # type: ignore[no-untyped-def]
    """Return a number between 0 and 1."""
    return ((word(sample_key, counter(t, i)) >> np.uint32(32 - _BITS)) + 0.5) / (1 << _BITS)


@kernel
def _regular(per_step, seed_key, trials, first, unit):  # type: ignore[no-untyped-def]
    """Fill first and unit; return the number of events. A spike is where phase + p (t + 1) passes a whole number."""
    inputs, steps = per_step.shape[1], first.shape[1] - 1
    cursor = np.empty(steps, np.int64)
    count = 0
    for b in range(per_step.shape[0]):
        sample_key = trial_key(seed_key, 0, trials[b])
        cursor[:] = 0
        for placing in range(2):  # first count the events of each step, then place them
            if placing:
                for t in range(steps):
                    first[b, t], count = count, count + cursor[t]
                    cursor[t] = first[b, t]
                first[b, steps] = count
            for i in range(inputs):
                if per_step[b, i] > 0:
                    distance = 1 / per_step[b, i]
                    at = (1 - _uniform(sample_key, 0, i)) * distance
                    while at <= steps:
                        t = int(np.ceil(at)) - 1
                        if placing:
                            unit[cursor[t]] = i
                        cursor[t] += 1
                        at += distance
    return count


@kernel
def _poisson(per_step, seed_key, trials, first, unit):  # type: ignore[no-untyped-def]
    """Fill first and unit; return the number of events, −1 if there is no room for them."""
    inputs, steps = per_step.shape[1], first.shape[1] - 1
    count = 0
    for b in range(per_step.shape[0]):
        sample_key = trial_key(seed_key, 0, trials[b])
        for t in range(steps):
            first[b, t] = count
            if unit.shape[0] - count < inputs:
                return -1
            for i in range(inputs):
                if _uniform(sample_key, t, i) < per_step[b, i]:
                    unit[count] = i
                    count += 1
        first[b, steps] = count
    return count
