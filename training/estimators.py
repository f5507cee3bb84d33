"""What the gradient is told of a batch: the estimators by name.

measured       CADC samples, and spikes as further nodes between them (`behavioral/network/reconstruct.py`)
spikes         spikes alone: membranes are those of the ideal model with these spikes put in
interpolated   CADC samples alone, connected by straight lines
known          as measured, in a graph that has the die's own parameters (`cosim/bss2/known.py`): the upper bound
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..behavioral.network.reconstruct import TraceScale
from ..cosim.observation import Observation
from ..errors import ConfigError

ESTIMATORS: Final = ("measured", "spikes", "interpolated", "known")


def check_estimator(gradient: str, fidelity: str, device: str) -> str:
    """Return the name of an estimator. Raises `ConfigError` if it is unknown or makes no sense there."""
    if gradient not in ESTIMATORS:
        raise ConfigError(f"unknown gradient {gradient!r}; known: {', '.join(ESTIMATORS)}")
    if gradient == "known" and fidelity == "ideal":
        raise ConfigError("gradient 'known' needs a die, fidelity 'ideal' has none; use another level")
    if gradient != "measured" and device != "cpu":
        raise ConfigError(f"gradient {gradient!r} runs on the CPU alone; use --device cpu")
    return gradient


def reads_membranes(gradient: str, fidelity: str) -> bool:
    """Return whether an estimator takes membranes from the level; those of `ideal` follow from its spikes."""
    return gradient != "spikes" and fidelity != "ideal"


def told(gradient: str, seen: Observation) -> Observation:
    """Return what the estimator lets the ideal graph see of an observation."""
    if gradient == "spikes":
        return replace(seen, membranes=tuple(np.empty((0, 0, 0), seen.readout.dtype) for _ in seen.membranes))
    if gradient == "interpolated" and seen.scale.period > 1:
        dtype = seen.readout.dtype
        traces = tuple(_lines(trace, seen.scale, dtype) for trace in seen.membranes)
        return replace(seen, membranes=traces, scale=TraceScale(dtype.type(0), dtype.type(1), 1, seen.scale.start))
    return seen


def _lines(trace: NDArray[Any], scale: TraceScale, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Connect start and records (samples, records, neurons) by lines: (samples, steps, neurons), software units."""
    nodes = np.zeros((trace.shape[0], trace.shape[1] + 1, trace.shape[2]), dtype)
    nodes[:, 0] = scale.start
    nodes[:, 1:] = (trace - scale.leak) * scale.gain
    phase = (np.arange(1, scale.period + 1) / scale.period).astype(dtype)[:, None]
    between = nodes[:, :-1, None] * (1 - phase) + nodes[:, 1:, None] * phase
    return np.ascontiguousarray(between.reshape(trace.shape[0], -1, trace.shape[2]))
