"""What is compared with what, under which conditions, and how it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.events import SpikeBatch
from ..behavioral.grid import TimeGrid, make_grid
from ..behavioral.moments import cycles_of
from ..behavioral.network.topology import Topology
from ..chips import parts_of
from ..errors import ConfigError
from .chip import Chip
from .differences import decisions, traces_relative
from .levels import DIGITAL, FIDELITIES, check_fidelity
from .observation import Observation
from .quantities import Difference, Quantity
from .spike_differences import spikes_exactly, spikes_to_first_shift, spikes_within_a_step

PAIRED: Final = 99.5  # class B: least share of spikes with a partner, percent
DECIDED: Final = 99.0  # class B: least share of equal decisions, percent
RELATIVE: Final = 1e-5  # class C: largest relative difference of traces
CONGESTED: Final = (
    "not judged: class B is for uncongested input; events that meet wait or are dropped on the chip alone"
)
OTHER_MODEL: Final = "not judged: the ideal neuron is driven by currents, that of this chip by conductances"


def largest_maximum(readout: NDArray[Any]) -> NDArray[np.int64]:
    """Return the output with the largest maximum over time, for readouts (samples, records, outputs)."""
    return np.asarray(readout.max(axis=1).argmax(axis=1))


@dataclass(frozen=True, eq=False)
class Subject:
    """What is run: a network with its weights, or what the levels of its chip take for them, and its input.

    decide: the class of each sample from its readout; None for networks that decide nothing. name: for people.
    """

    topology: Topology
    weights: Any
    chip: Chip
    grid: TimeGrid
    spikes: SpikeBatch
    trials: NDArray[np.uint64]
    decide: Callable[[NDArray[Any]], NDArray[Any]] | None = largest_maximum
    name: str = "network"


@dataclass(frozen=True, eq=False)
class Agreement:
    """What agreement means for a chip, `AGREEMENT` in `cosim/…/agreement.py`.

    exactly: compares two observations of levels with the digital path bit for bit. latency: cycles from the end of the
    one in which a spike is found to the synapses of others. apart: cycles between two events of uncongested input.
    limitless: returns a subject as the ideal model has it, for class C; None: the chip has another model. paired: least
    share of spikes with a partner in class B, percent; None: not judged. lost: counters of events that come late or
    never. counted: what levels are asked to count beside what is soon read. remark: for readers of class B.
    """

    exactly: Callable[[Observation, Observation], list[Difference]]
    latency: int
    apart: int
    limitless: Callable[[Subject], Subject] | None
    paired: float | None
    lost: tuple[str, ...]
    counted: Mapping[str, str] | None = None
    remark: str = ""


def agreement_of(chip: Chip) -> Agreement:
    """Return what agreement means for a chip."""
    found: Agreement = parts_of(chip.spec).part("cosim", "agreement:AGREEMENT")
    return found


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
        trials.append(_with_ideal(subject, agreement_of(subject.chip)))
    if "behavioral" in chosen and digital:
        pair, steps = ("behavioral", digital[0]), fine_steps or fine_grid(subject)
        fine = replace(subject, grid=make_grid(subject.chip.spec, subject.grid.duration_s, steps))
        apart = agreement_of(subject.chip).apart
        calm = replace(fine, spikes=spread(subject.spikes, subject.chip.spec, subject.grid, apart))
        conditions = f"uncongested input, {steps} steps per CADC sample"
        trials.append(Trial(pair, "B", conditions, calm, _class_b_calm, agreement_of(subject.chip).remark))
        conditions = f"input as it is, {subject.grid.sample_steps} steps per CADC sample"
        trials.append(Trial(pair, "B", conditions, subject, _class_b_as_is, CONGESTED))
    return trials + [Trial((digital[0], other), "A", "input as it is", subject, _class_a) for other in digital[1:]]


def _with_ideal(subject: Subject, agreement: Agreement) -> Trial:
    levels = ("ideal", "behavioral")
    if agreement.limitless is None:
        return Trial(levels, "C", "input as it is", subject, _other_model, OTHER_MODEL)
    return Trial(levels, "C", "perfect die, nothing rounded, no limits", agreement.limitless(subject), _class_c)


def _class_a(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    return agreement_of(subject.chip).exactly(one, two)


def _class_b_calm(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    bound = agreement_of(subject.chip).paired
    decided = None if bound is None else DECIDED
    alike = [spikes_within_a_step(one, two, bound), *_decisions(subject, one, two, decided)]
    return [*alike, (spikes_to_first_shift(one, two), None)]


def _class_b_as_is(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    """Report what the grid and congestion together do."""
    counted = two.counters
    lost_time = sum(counted[name] for name in agreement_of(subject.chip).lost)
    congested = Quantity("late inputs and dropped events", "count", None, lost_time, counted["input_events"])
    return [*_decisions(subject, one, two, None), (spikes_within_a_step(one, two, None)[0], None), (congested, None)]


def _decisions(subject: Subject, one: Observation, two: Observation, bound: float | None) -> list[Difference]:
    if subject.decide is None:
        return []
    return [decisions(subject.decide(one.readout), subject.decide(two.readout), bound, subject.grid.steps)]


def _other_model(subject: Subject, one: Observation, two: Observation) -> list[Difference]:
    """Report how much of what the ideal model decides is left."""
    return [*_decisions(subject, one, two, None), (spikes_within_a_step(one, two, None)[0], None)]


def _class_c(_: Subject, one: Observation, two: Observation) -> list[Difference]:
    return [spikes_exactly(one, two), (traces_relative(one, two, RELATIVE), None)]


def fine_grid(subject: Subject) -> int:
    """Return the grid steps per CADC sample that follow the digital path best.

    At `behavioral` a spike waits half a step on average before it acts. Where spikes reach other hidden neurons, steps
    of twice the latency bring them there in time; where they reach the readout alone, steps of one cycle are exact.
    Where class B is not judged the grid stays.
    """
    agreement = agreement_of(subject.chip)
    if agreement.paired is None:
        return subject.grid.sample_steps
    period, topology, latency = subject.chip.spec.record_cycles, subject.topology, agreement.latency
    if not any(topology.recurrent) and all(feeds in ((), (0,)) for feeds in topology.feeds[:-1]):
        return period
    return max(n for n in range(1, period + 1) if period % n == 0 and period // n >= 1.5 * latency)


def spread(spikes: SpikeBatch, spec: Design, grid: TimeGrid, apart: int) -> SpikeBatch:
    """Return uncongested input: in each sample, events as they come, but `apart` cycles from one to the next.

    Events that this would move beyond the window are left out.
    """
    cycle = cycles_of(spikes.time_s, spec.clock_hz)
    sample = np.repeat(np.arange(spikes.samples), np.diff(spikes.offsets))
    order = np.lexsort((spikes.unit, cycle, sample))
    sample, unit, cycle = sample[order], spikes.unit[order], cycle[order]
    turn = (np.arange(len(order)) - spikes.offsets[sample]) * apart
    for start, stop in zip(spikes.offsets[:-1], spikes.offsets[1:], strict=True):
        cycle[start:stop] = np.maximum.accumulate(cycle[start:stop] - turn[start:stop]) + turn[start:stop]
    keep = cycle < round(grid.duration_s * spec.clock_hz)
    time_s = (cycle[keep] + 0.5) / spec.clock_hz
    return SpikeBatch.from_events(sample[keep], unit[keep], time_s, samples=spikes.samples, units=spikes.units)
