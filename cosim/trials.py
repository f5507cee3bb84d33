"""What is compared with what, under which conditions, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..behavioral.events import SpikeBatch
from ..behavioral.grid import TimeGrid, make_grid
from ..behavioral.spec import ChipSpec
from ..behavioral.topology import Topology
from ..behavioral.weights import NetworkWeights
from ..errors import ConfigError
from .chip import Chip
from .differences import codes_exactly, counters_exactly, decisions, traces_relative
from .levels import DIGITAL, FIDELITIES, check_fidelity
from .observation import Observation
from .quantities import Difference
from .spike_differences import spikes_exactly, spikes_within_a_step

PAIRED: Final = 99.5  # class B: least share of spikes with a partner, percent
DECIDED: Final = 99.0  # class B: least share of equal decisions, percent
RELATIVE: Final = 1e-5  # class C: largest relative difference of traces
APART: Final = 4  # cycles between two events of uncongested input, and of a step of the fine grid


def largest_maximum(readout: NDArray[Any]) -> NDArray[np.int64]:
    """Return the output with the largest maximum over time, for readouts (samples, records, outputs)."""
    return np.asarray(readout.max(axis=1).argmax(axis=1))


@dataclass(frozen=True, eq=False)
class Subject:
    """What is run: a network with its weights on a chip, and its input. decide: how the readout is read."""

    topology: Topology
    weights: NetworkWeights
    chip: Chip
    grid: TimeGrid
    spikes: SpikeBatch
    trials: NDArray[np.uint64]
    decide: Callable[[NDArray[Any]], NDArray[Any]] = largest_maximum


@dataclass(frozen=True, eq=False)
class Trial:
    """Two levels, the class of their agreement, the conditions in words, and what judges their observations."""

    levels: tuple[str, str]
    kind: str
    conditions: str
    subject: Subject
    judge: Callable[[Subject, Observation, Observation], list[Difference]]


def plan(subject: Subject, levels: Sequence[str], fine_steps: int | None = None) -> list[Trial]:
    """Return what to compare for these levels.

    fine_steps: grid steps per CADC sample of the fine grid of class B; by default its steps have `APART` cycles.
    Raises `ConfigError` for unknown or too few levels, for `ideal` without `behavioral`, and for a bad grid.
    """
    chosen = [name for name in FIDELITIES if name in [check_fidelity(level) for level in levels]]
    digital = [name for name in chosen if name in DIGITAL]
    known = ", ".join(FIDELITIES)
    if len(chosen) < 2:
        raise ConfigError(f"levels {','.join(levels)!r}: agreement needs two different ones of {known}")
    if "ideal" in chosen and "behavioral" not in chosen:
        raise ConfigError(
            f"level 'ideal' can be compared with 'behavioral' alone, not with {', '.join(digital)}; add it"
        )
    trials = []
    if "ideal" in chosen:
        trials.append(
            Trial(
                ("ideal", "behavioral"),
                "C",
                "perfect die, nothing rounded, no limits",
                without_limits(subject),
                _class_c,
            )
        )
    if "behavioral" in chosen and digital:
        pair, period = ("behavioral", digital[0]), subject.chip.spec.cadc_period_cycles
        steps = fine_steps or max(n for n in range(1, period // APART + 1) if period % n == 0)
        fine = replace(subject, grid=make_grid(subject.chip.spec, subject.grid.duration_s, steps))
        calm = replace(fine, spikes=spread(subject.spikes, subject.chip.spec, subject.grid))
        conditions = f"uncongested input, {steps} steps per CADC sample"
        trials.append(Trial(pair, "B", conditions, calm, _class_b_spikes))
        conditions = f"input as it is, {subject.grid.sample_steps} steps per CADC sample"
        trials.append(Trial(pair, "B", conditions, subject, _class_b_decisions))
    return trials + [Trial((digital[0], other), "A", "input as it is", subject, _class_a) for other in digital[1:]]


def _class_a(_: Subject, one: Observation, two: Observation) -> list[Difference]:
    return [spikes_exactly(one, two), codes_exactly(one, two), counters_exactly(one, two)]


def _class_b_spikes(_: Subject, one: Observation, two: Observation) -> list[Difference]:
    return [spikes_within_a_step(one, two, PAIRED)]


def _class_b_decisions(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    decided = decisions(subject.decide(one.readout), subject.decide(two.readout), DECIDED)
    return [decided, (spikes_within_a_step(one, two, None)[0], None)]


def _class_c(_: Subject, one: Observation, two: Observation) -> list[Difference]:
    return [spikes_exactly(one, two), (traces_relative(one, two, RELATIVE), None)]


def spread(spikes: SpikeBatch, spec: ChipSpec, grid: TimeGrid) -> SpikeBatch:
    """Return uncongested input: in each sample, events as they come, but `APART` cycles from one to the next.

    Events that this would move beyond the window are left out.
    """
    cycle = np.floor(spikes.time_s * spec.clock_hz * (1 + 1e-12)).astype(np.int64)
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    order = np.lexsort((spikes.unit, cycle, sample))
    sample, unit, cycle = sample[order], spikes.unit[order], cycle[order]
    turn = (np.arange(len(order)) - spikes.offsets[sample]) * APART
    for start, stop in zip(spikes.offsets[:-1], spikes.offsets[1:], strict=True):
        cycle[start:stop] = np.maximum.accumulate(cycle[start:stop] - turn[start:stop]) + turn[start:stop]
    keep = cycle < round(grid.duration_s * spec.clock_hz)
    time_s = (cycle[keep] + 0.5) / spec.clock_hz
    return SpikeBatch.from_events(sample[keep], unit[keep], time_s, samples=spikes.samples, units=spikes.units)


def without_limits(subject: Subject) -> Subject:
    """Return the subject in double precision on a perfect chip without noise and rounding, its limits out of reach."""
    spec, far = subject.chip.spec, 1e6
    fields = {
        "leak_lsb": far, "reset_lsb": far + spec.reset_lsb - spec.leak_lsb, "threshold_lsb": far + spec.swing_lsb,
        "membrane_floor_lsb": 1.0, "membrane_ceiling_lsb": 10 * far, "synaptic_saturation": far,
    }  # fmt: skip
    chip = Chip(spec.with_fields(**fields), calibration="perfect", noise="off", quantized=False)
    weights = NetworkWeights(
        tuple(w.astype(np.float64) for w in subject.weights.forward),
        tuple(None if w is None else w.astype(np.float64) for w in subject.weights.recurrent),
    )
    return replace(subject, chip=chip, weights=weights)
