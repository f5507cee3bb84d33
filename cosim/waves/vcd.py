"""Recordings as a value change dump, each level a scope, on one time axis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from vcd import VCDWriter

from .recording import Recording

PICOSECONDS: Final = 1e12


def write_vcd(path: Path, recordings: Sequence[Recording], start_s: float, stop_s: float, comment: str = "") -> None:
    """Write what is so from start_s to stop_s."""
    options: dict[str, Any] = {"timescale": "1 ps", "comment": comment, "init_timestamp": round(start_s * PICOSECONDS)}
    with path.open("w", encoding="utf-8") as file, VCDWriter(file, **options) as writer:
        changes: list[tuple[int, Any, int | float]] = []
        for recording in recordings:
            changes += _changes(writer, recording, start_s, stop_s)
        for time, variable, value in sorted(changes, key=lambda change: change[0]):
            writer.change(variable, time, value)
        writer.flush(round(stop_s * PICOSECONDS))


def _changes(
    writer: VCDWriter, recording: Recording, start_s: float, stop_s: float
) -> list[tuple[int, Any, int | float]]:
    """Declare the signals of a level and return what changes when, in picoseconds."""
    variables = {}
    for name, bits in recording.bits.items():
        scope, _, last = f"{recording.level}.{name}".rpartition(".")
        kind = "wire" if bits else "real"
        variables[name] = writer.register_var(scope, last, kind, size=bits or 64, init=None if bits else 0.0)
    changes, tick = [], recording.tick_s * PICOSECONDS
    start, first = round(start_s * PICOSECONDS), math.floor(start_s / recording.tick_s + 1e-6)
    end = math.ceil(stop_s / recording.tick_s - 1e-6)
    before: dict[str, int | float] = {}
    for number, row in enumerate(recording.rows[first:end], first):
        for name, variable in variables.items():
            value = row.get(name, 0)
            if before.get(name) != value:
                changes.append((max(start, round(number * tick)), variable, value))
                before[name] = value
    return changes
