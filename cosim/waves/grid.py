"""One sample on a level without digital path: input events, spikes and records of one neuron, by grid step."""

from __future__ import annotations

import numpy as np

from ..observation import Observation
from .recording import Recording, Row


def record(level: str, seen: Observation, kind: str, number: int, neuron: int) -> Recording:
    """Show sample 0 of an observation.

    kind, number: which `neuron` (through the layers) or `output` is shown, on column `neuron`. Its membrane, software
    units, holds its last record, 0 where none was recorded.
    """
    own = f"neuron_{neuron}"
    rows: list[Row] = [{"input.events": 0} for _ in range(seen.grid.steps)]
    for step in seen.inputs.table()[1].tolist():
        rows[step]["input.events"] = int(rows[step]["input.events"]) + 1
    before = 0
    trace = seen.readout[0, :, number] if kind == "output" else np.zeros(seen.readout.shape[1])
    for layer, events in enumerate(seen.spiking):
        _, steps, unit = events.table()
        for step, n in zip(steps.tolist(), unit.tolist(), strict=True):
            rows[step]["neurons.fire"] = int(rows[step].get("neurons.fire", 0)) | 1 << (before + n)
            if kind == "neuron" and before + n == number:
                rows[step][f"{own}.fire"] = 1
        if kind == "neuron" and seen.has_membranes and 0 <= number - before < events.units and layer < len(seen.spikes):
            trace = seen.membrane(layer)[0, :, number - before]
        before += events.units
    at = np.arange(len(rows)) // seen.period - 1  # a record is taken at the end of its period
    for row, k in zip(rows, at.tolist(), strict=True):
        row[f"{own}.membrane"] = float(trace[k]) if k >= 0 else 0.0
    bits = {"input.events": 16, "neurons.fire": before, f"{own}.fire": 1, f"{own}.membrane": 0}
    return Recording(level, seen.grid.step_s, bits, rows)
