"""What a loss may depend on beside readout and spike counts, and its gradient on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..behavioral.numerics.vectors import padded
from .observation import Observation

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Further:
    """∂loss/∂(what was observed) by hidden layer, of those layers on which the loss depends.

    trains: on the spikes of every step, (samples, steps, neurons). times: on the time of each spike in the order of
    `GridEvents.table`, per second. membranes: on the records, (samples, records, neurons), software units.
    """

    trains: dict[int, Array] = field(default_factory=dict)
    times: dict[int, Array] = field(default_factory=dict)
    membranes: dict[int, Array] = field(default_factory=dict)

    def add(self, kind: str, layer: int, gradient: Array) -> None:
        """Add a part of the gradient."""
        parts: dict[int, Array] = getattr(self, kind)
        parts[layer] = parts[layer] + gradient if layer in parts else gradient

    def taken(self) -> Further:
        """Return what is here and forget it."""
        out = Further(dict(self.trains), dict(self.times), dict(self.membranes))
        for parts in (self.trains, self.times, self.membranes):
            parts.clear()
        return out

    def dense(self, kind: str, observed: Observation, dtype: np.dtype[Any], padding: bool = True) -> tuple[Array, ...]:
        """Return per hidden layer the gradient on trains or membranes in every step (samples, steps, lanes).

        Without one there are no samples. With padding=False: membranes as they were recorded.
        """
        parts, steps, out = getattr(self, kind), observed.grid.steps, []
        for layer, events in enumerate(observed.spikes):
            lanes = padded(events.units)
            if layer not in parts:
                out.append(np.zeros((0, 0, lanes), dtype))
                continue
            given = parts[layer]
            period = steps // given.shape[1]
            rows = given.shape[1] if not padding else steps
            whole = np.zeros((len(given), rows, lanes), dtype)
            whole[:, (period - 1 if padding else 0) :: period if padding else 1, : events.units] = given
            out.append(whole)
        return tuple(out)

    def on_times(self, observed: Observation) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        """Return per hidden layer the gradients on times, and where those of each sample begin (samples + 1)."""
        values, begins = [], []
        for layer, events in enumerate(observed.spikes):
            values.append(np.ascontiguousarray(self.times.get(layer, np.zeros(0)), np.float64))
            begins.append(np.concatenate([[0], np.cumsum(events.first[:, -1] - events.first[:, 0])]))
        return tuple(values), tuple(begins)


NOTHING: Final = Further()
"""Of a loss of readout and spike counts."""
