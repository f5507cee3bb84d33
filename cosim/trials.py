"""What is compared with what, under which conditions, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..behavioral.bss2.spec import ChipSpec
from ..behavioral.events import SpikeBatch
from ..behavioral.grid import TimeGrid, make_grid
from ..behavioral.moments import cycles_of
from ..behavioral.network.topology import Topology
from ..behavioral.network.weights import NetworkWeights
from ..errors import ConfigError
from .bss2.chip import Chip
from .differences import codes_exactly, counters_exactly, decisions, traces_relative
from .levels import DIGITAL, FIDELITIES, check_fidelity
from .observation import Observation
from .quantities import Difference, Quantity
from .spike_differences import spikes_exactly, spikes_to_first_shift, spikes_within_a_step

PAIRED: Final = 99.5  # class B: least share of spikes with a partner, percent
DECIDED: Final = 99.0  # class B: least share of equal decisions, percent
RELATIVE: Final = 1e-5  # class C: largest relative difference of traces
APART: Final = 4  # cycles between two events of uncongested input
CONGESTED: Final = (
    "not judged: class B is for uncongested input; events that meet wait or are dropped on the chip alone"
)
SPIKE_LATENCY: Final = 5  # cycles from the end of the one in which a spike is found to the synapses of others


def largest_maximum(readout: NDArray[Any]) -> NDArray[np.int64]:
    """Return the output with the largest maximum over time, for readouts (samples, records, outputs)."""
    return np.asarray(readout.max(axis=1).argmax(axis=1))


@dataclass(frozen=True, eq=False)
class Subject:
    """What is run: a network with its weights on a chip, and its input.

    decide: the class of each sample from its readout; None for networks that decide nothing. name: for people.
    """

    topology: Topology
    weights: NetworkWeights
    chip: Chip
    grid: TimeGrid
    spikes: SpikeBatch
    trials: NDArray[np.uint64]
    decide: Callable[[NDArray[Any]], NDArray[Any]] | None = largest_maximum
    name: str = "network"


@dataclass(frozen=True, eq=False)
class Trial:
    """Two levels, the class of their agreement, the conditions in words, and what judges their observations.

    remark: what a reader of the result should know.
    """

    levels: tuple[str, str]
    kind: str
    conditions: str
    subject: Subject
    judge: Callable[[Subject, Observation, Observation], list[Difference]]
    remark: str = ""


def plan(subject: Subject, levels: Sequence[str], fine_steps: int | None = None) -> list[Trial]:
    """Return what to compare for these levels.

    fine_steps: grid steps per CADC sample on which class B pairs spikes; see `fine_grid` for the default.
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
        conditions = "perfect die, nothing rounded, no limits"
        trials.append(Trial(("ideal", "behavioral"), "C", conditions, without_limits(subject), _class_c))
    if "behavioral" in chosen and digital:
        pair, steps = ("behavioral", digital[0]), fine_steps or fine_grid(subject)
        fine = replace(subject, grid=make_grid(subject.chip.spec, subject.grid.duration_s, steps))
        calm = replace(fine, spikes=spread(subject.spikes, subject.chip.spec, subject.grid))
        conditions = f"uncongested input, {steps} steps per CADC sample"
        trials.append(Trial(pair, "B", conditions, calm, _class_b_calm))
        conditions = f"input as it is, {subject.grid.sample_steps} steps per CADC sample"
        trials.append(Trial(pair, "B", conditions, subject, _class_b_as_is, CONGESTED))
    return trials + [Trial((digital[0], other), "A", "input as it is", subject, _class_a) for other in digital[1:]]


def _class_a(_: Subject, one: Observation, two: Observation) -> list[Difference]:
    return [spikes_exactly(one, two), codes_exactly(one, two), counters_exactly(one, two)]


def _class_b_calm(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    alike = [spikes_within_a_step(one, two, PAIRED), *_decisions(subject, one, two, DECIDED)]
    return [*alike, (spikes_to_first_shift(one, two), None)]


def _class_b_as_is(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    """Report what the grid and congestion together do."""
    counted = two.counters
    lost_time = counted["late"] + counted["dropped"]
    congested = Quantity("late inputs and dropped events", "count", None, lost_time, counted["input_events"])
    return [*_decisions(subject, one, two, None), (spikes_within_a_step(one, two, None)[0], None), (congested, None)]


def _decisions(subject: Subject, one: Observation, two: Observation, bound: float | None) -> list[Difference]:
    if subject.decide is None:
        return []
    return [decisions(subject.decide(one.readout), subject.decide(two.readout), bound, subject.grid.steps)]


def _class_c(_: Subject, one: Observation, two: Observation) -> list[Difference]:
    return [spikes_exactly(one, two), (traces_relative(one, two, RELATIVE), None)]


def fine_grid(subject: Subject) -> int:
    """Return the grid steps per CADC sample that follow the digital path best.

    At `behavioral` a spike waits half a step on average before it acts. Where spikes reach other hidden neurons, steps
    of twice the latency bring them there in time; where they reach the readout alone, steps of one cycle are exact.
    """
    period, topology = subject.chip.spec.cadc_period_cycles, subject.topology
    if not any(topology.recurrent) and all(feeds in ((), (0,)) for feeds in topology.feeds[:-1]):
        return period
    return max(n for n in range(1, period + 1) if period % n == 0 and period // n >= 1.5 * SPIKE_LATENCY)


def spread(spikes: SpikeBatch, spec: ChipSpec, grid: TimeGrid) -> SpikeBatch:
    """Return uncongested input: in each sample, events as they come, but `APART` cycles from one to the next.

    Events that this would move beyond the window are left out.
    """
    cycle = cycles_of(spikes.time_s, spec.clock_hz)
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
