"""What else two levels measured, side by side: CADC samples, counters, traces and decisions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .observation import Observation
from .quantities import Difference, Divergence, Quantity

Array = NDArray[Any]


def codes_exactly(one: Observation, two: Observation) -> Difference:
    """Compare the CADC samples of hidden neurons and outputs bit for bit."""
    differing, compared, before = 0, 0, 0
    found: list[Divergence] = []
    hidden = [("neuron", one.codes(layer), two.codes(layer)) for layer in range(len(one.spikes))]
    for kind, a, b in [*hidden, ("output", one.readout, two.readout)]:
        differ = a != b
        differing, compared = differing + int(differ.sum()), compared + differ.size
        if differ.any():
            at = tuple(int(index) for index in np.argwhere(differ)[0])
            place = f"{kind} {at[2] + (before if kind == 'neuron' else 0)}"
            time, unit = _sampled(one, at[1])
            found.append(Divergence(at[0], time, unit, "CADC sample", place, (f"{a[at]:g}", f"{b[at]:g}")))
        before += a.shape[2]
    return Quantity("CADC samples that differ", "count", 0, differing, compared), min(found, default=None)


def _sampled(seen: Observation, record: int) -> tuple[int, str]:
    """Return the cycle in which a record was taken, or the grid step where the level does not know it."""
    step = (record + 1) * seen.period
    if seen.cycles:
        return round(step * seen.grid.step_s / seen.cycle_s) - 1, "cycle"
    return step - 1, "step"


def counters_exactly(one: Observation, two: Observation) -> Difference:
    """Compare all counters of a batch."""
    names = sorted(one.counters.keys() | two.counters.keys())
    differ = [name for name in names if one.counters.get(name) != two.counters.get(name)]
    first = None
    if differ:
        values = tuple(str(seen.counters.get(differ[0], "not counted")) for seen in (one, two))
        first = Divergence(one.inputs.samples - 1, one.grid.steps, "step", f"counter {differ[0]}", "batch", values)  # type: ignore[arg-type]
    return Quantity("counters that differ", "count", 0, len(differ), len(names)), first


def traces_relative(one: Observation, two: Observation, bound: float) -> Quantity:
    """Compare membranes and readout in software units, where both levels have a record.

    The largest difference of a trace is taken relative to the largest value of all traces of its kind.
    """
    period = max(one.period, two.period)
    worst, scale = 0.0, 1.0
    layers = range(len(one.spikes))
    for a, b in [*((one.membrane(k), two.membrane(k)) for k in layers), (one.readout, two.readout)]:
        a, b = (x[:, p - 1 :: p] for x, p in ((a, period // one.period), (b, period // two.period)))
        size = float(np.abs(a).max(initial=0.0))
        worst = np.maximum(worst, float(np.abs(a - b).max(initial=0.0)) / (size or 1.0))  # keeps NaN
    return Quantity("traces, largest relative difference", "relative", bound, float(worst), scale)


def decisions(one: Array, two: Array, bound: float | None, steps: int) -> Difference:
    """Compare the classes (samples) that two levels decide for after `steps` grid steps."""
    differ = np.flatnonzero(one != two)
    quantity = Quantity("equal decisions, %", "percent", bound, len(differ), len(one))
    if not len(differ):
        return quantity, None
    at = int(differ[0])
    values = (f"class {one[at]}", f"class {two[at]}")
    return quantity, Divergence(at, steps, "step", "decision", "readout", values)
