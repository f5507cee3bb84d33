"""The waveform file of a comparison: both levels around their first difference, or in cycles of choice."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import ConfigError
from ..agree import Comparison
from ..levels import DIGITAL
from .record import record
from .recording import Recording, first_difference
from .vcd import write_vcd

BEFORE: Final = 150
AFTER: Final = 100
"""Fabric cycles that are shown before and after a difference."""
COMMENT: Final = "inloop agree"
"""How the comment in a file begins, which tells it from files of the user's own."""


@dataclass(frozen=True)
class Window:
    """What is shown. cycles: first and behind the last one, None: around the first difference. sample: likewise."""

    sample: int | None = None
    cycles: tuple[int, int] | None = None


@dataclass(frozen=True)
class Shown:
    """A file that was written. signal: the first one that differs, in words; None if there is none."""

    path: Path
    signal: str | None


def write_window(
    found: Comparison, folder: Path, window: Window, write: Callable[[Path, Callable[[Path], None]], None]
) -> Shown:
    """Record both levels of a comparison and write the window to `folder`.

    write(path, fill) calls fill with the name of the file to make; a file is complete or not there.
    Raises `ConfigError` for a sample or cycles that are not there.
    """
    subject = found.trial.subject
    sample = found.shown if window.sample is None else window.sample
    if not 0 <= sample < subject.spikes.samples:
        raise ConfigError(f"sample {sample} is not among the {subject.spikes.samples} that were compared")
    cycle_s = 1 / subject.chip.spec.clock_hz
    last = round(subject.grid.duration_s / cycle_s)
    if window.cycles is not None and not 0 <= window.cycles[0] < window.cycles[1] <= last:
        raise ConfigError(f"cycles {window.cycles[0]}:{window.cycles[1]} must lie within 0:{last}")
    place = found.first.place if found.first is not None and found.first.sample == sample else ""
    one, two = (record(level, subject, sample, place) for level in found.trial.levels)
    signal, tick = _first_signal(one, two)
    start, stop = window.cycles or _around(found, sample, tick, last)
    input_kind = re.sub(r"\W+", "-", found.trial.conditions.partition(",")[0])
    what = "-".join([str(subject.topology), *found.trial.levels, input_kind])
    name = f"{what}-sample{sample}-cycles{start}-{stop}.vcd"
    comment = f"{COMMENT}: {subject.name}, {found.trial.conditions}, sample {sample}"
    write(folder / name, lambda file: write_vcd(file, (one, two), start * cycle_s, stop * cycle_s, comment))
    return Shown(folder / name, signal)


def _first_signal(one: Recording, two: Recording) -> tuple[str | None, int | None]:
    """Return the first difference of two levels with a digital path, in words, and its cycle."""
    found = first_difference(one, two) if one.level in DIGITAL and two.level in DIGITAL else None
    if found is None:
        return None, None
    cycle, signal, values = found
    return f"cycle {cycle}, {signal}: {values[0]} on {one.level}, {values[1]} on {two.level}", cycle


def _around(found: Comparison, sample: int, tick: int | None, last: int) -> tuple[int, int]:
    """Return the cycles around the first signal that differs, else around the first difference that was judged."""
    if tick is None:
        first, cycles = found.first, round(found.trial.subject.grid.step_s * found.trial.subject.chip.spec.clock_hz)
        tick = 0
        if first is not None and first.sample == sample:
            tick = first.time if first.unit == "cycle" else first.time * cycles
    tick = min(tick, last)
    return max(0, tick - BEFORE), min(last, tick + AFTER)
