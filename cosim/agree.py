"""Do the levels agree? One network, one chip, one input, on two levels at a time.

Class A, exact: levels with the digital path give the same observations bit for bit.
Class B, bounded: `behavioral` against a level with the digital path. Spikes pair within a grid step on uncongested
input and a fine grid; decisions are equal on the input as it is.
Class C, numerical: `ideal` against `behavioral` on a perfect die, without noise, rounding and limits in reach.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..behavioral.events import SpikeBatch
from ..checks import checked
from .levels import open_level
from .observation import Observation
from .quantities import Difference, Divergence, Quantity
from .trials import Subject, Trial, agreement_of, plan

BATCH = 100


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two levels on one input. rasters: hidden spikes of both in sample `shown`, the first that differs, else 0."""

    trial: Trial
    quantities: tuple[Quantity, ...]
    first: Divergence | None
    shown: int
    rasters: tuple[SpikeBatch, SpikeBatch]

    @property
    def agrees(self) -> bool:
        """Whether all quantities keep their bounds."""
        return all(quantity.agrees for quantity in self.quantities)


@checked
def agree(
    subject: Subject,
    levels: Sequence[str],
    fine_steps: int | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> list[Comparison]:
    """Run `subject` on the levels and compare them; see `plan` for what is compared with what.

    advance: called after each batch with the number of samples that were compared.
    Raises `ConfigError` as `plan` does, and what the levels raise.
    """
    return [compare(trial, advance) for trial in plan(subject, levels, fine_steps)]


def compare(trial: Trial, advance: Callable[[int], None] = lambda _: None) -> Comparison:
    """Run one trial, batch by batch."""
    subject = trial.subject
    counted = agreement_of(subject.chip).counted
    one, two = (open_level(name, subject.topology, subject.chip, subject.grid, counted) for name in trial.levels)
    totals: tuple[Quantity, ...] = ()
    first: Divergence | None = None
    shown, rasters = 0, None
    for start in range(0, subject.spikes.samples, BATCH):
        pick = np.arange(start, min(start + BATCH, subject.spikes.samples))
        run = subject.spikes.select(pick), subject.weights, subject.trials[pick]
        seen = one.run(*run), two.run(*run)
        quantities, found = _judged(trial.judge(subject, *seen))
        totals = tuple(a.merged(b) for a, b in zip(totals, quantities, strict=True)) if totals else quantities
        if rasters is None or (first is None and found is not None):
            local = found.sample if found is not None else 0
            shown, rasters = start + local, (_raster(seen[0], local), _raster(seen[1], local))
        if first is None and found is not None:
            first = replace(found, sample=start + found.sample)
        advance(len(pick))
    assert rasters is not None  # a batch without samples is refused by the levels
    return Comparison(trial, totals, first, shown, rasters)


def _judged(differences: list[Difference]) -> tuple[tuple[Quantity, ...], Divergence | None]:
    """Return the quantities and the first divergence of all."""
    found = [place for _, place in differences if place is not None]
    return tuple(quantity for quantity, _ in differences), min(found, default=None)


def _raster(seen: Observation, sample: int) -> SpikeBatch:
    """Return the hidden spikes of one sample, neurons numbered through the layers."""
    units, times, before = [], [], 0
    for layer in range(len(seen.spikes)):
        batch = seen.spike_batch(layer).select(np.array([sample]))
        units.append(batch.unit + before)
        times.append(batch.time_s)
        before += batch.units
    unit = np.concatenate(units)
    return SpikeBatch(np.array([0, len(unit)]), unit, np.concatenate(times), before)
