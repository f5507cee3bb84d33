"""A fabric and an analog core in lock-step: the order of one cycle, for every chip and every level with a digital path.

Cycle c (`one_cycle`):

1. what the fabric shows in c, its pulses and the neurons that it holds, acts on the analog core (`show`, `act`);
2. membranes move by one cycle, comparators say which neurons fire (`move`);
3. the clock edge of the fabric takes the fires of c; what it causes is visible in c + 1 (`edge`);
4. where the fabric triggers it, the CADC samples what the comparators saw in c (`triggered`, `convert`).

A fabric is the twin of the digital path (level `event`), the compiled Verilog (`verilog`) or the MyHDL simulation
(`rtl`); around it may lie whatever watches it. The functions below are generic: each fabric and each core says what
they do for it. `run_lockstep` runs compiled for fabrics that are named tuples, and as Python for others.

Several chips run side by side. What one sends acts on another no sooner than `quantum` cycles later, so each runs so
many cycles before it is the turn of the next one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .numerics.compiled import kernel, shared
from .numerics.generic import generic


class Chip(NamedTuple):
    """One chip in lock-step.

    A fabric has `pulses`, int64 rows of what is visible in a cycle, and `held`, what it holds of the neurons, in a form
    that its core understands. A core has `fires`, whose first entries are the neurons that fire in a cycle.
    """

    fabric: Any
    core: Any


class Seen(NamedTuple):
    """What is measured, per sample and chip.

    spike_count: int64 (samples, chips). spike_cycle, spike_place: int32 (samples, chips, room), valid up to it: when
    which neuron fired. records: (samples, chips, CADC samples, lanes).
    """

    spike_count: Any
    spike_cycle: Any
    spike_place: Any
    records: Any


class Run(NamedTuple):
    """cycles: of a sample. quantum: cycles in which chips do not depend on each other."""

    cycles: int
    quantum: int


# --- the fabric


@generic
def clear(fabric: Any, sample: int) -> bool:
    """Put the fabric to cycle 0 of a sample; False if it fails."""
    raise NotImplementedError


@generic
def show(fabric: Any, cycle: int) -> int:
    """Return how many of the fabric's `pulses` are visible in this cycle, and bring its `held` up to date."""
    raise NotImplementedError


@generic
def edge(fabric: Any, cycle: int, fires: Any, count: int) -> bool:
    """Do the clock edge of a cycle in which `fires[:count]` fire; False if the fabric fails."""
    raise NotImplementedError


@generic
def triggered(fabric: Any, cycle: int) -> bool:
    """Return whether the CADC is triggered behind the clock edge of this cycle."""
    raise NotImplementedError


@generic
def drain(fabric: Any, sample: int) -> bool:
    """Let all that is under way behind the last cycle arrive, and read the counters; False if the fabric fails."""
    raise NotImplementedError


# --- the analog core


@generic
def begin(core: Any, sample: int) -> None:
    """Put the core to the start of a sample."""
    raise NotImplementedError


@generic
def act(core: Any, pulses: Any, count: int) -> None:
    """Let the pulses of a cycle, `pulses[:count]` in the order of their drivers, act on the synapses."""
    raise NotImplementedError


@generic
def move(core: Any, cycle: int, held: Any) -> int:
    """Do one cycle; return how many neurons fire, which are the first of the core's `fires`."""
    raise NotImplementedError


@generic
def convert(core: Any, records: Any) -> None:
    """Take the next sample of the CADC; records: (CADC samples, lanes)."""
    raise NotImplementedError


@generic
def finish(core: Any, records: Any) -> bool:
    """End a sample; False if the CADC was not triggered as often as it should."""
    raise NotImplementedError


# --- the loop


@shared
def one_cycle(chip, cycle, b, k, seen):  # type: ignore[no-untyped-def]
    """Do one cycle of sample b on chip k; False if the fabric fails."""
    fabric, core = chip.fabric, chip.core
    count = show(fabric, cycle)
    if count:
        act(core, fabric.pulses, count)
    number = move(core, cycle, fabric.held)
    for n in range(number):
        place = seen.spike_count[b, k]
        seen.spike_cycle[b, k, place], seen.spike_place[b, k, place] = cycle, core.fires[n]
        seen.spike_count[b, k] = place + 1
    if not edge(fabric, cycle, core.fires, number):
        return False
    if triggered(fabric, cycle):
        convert(core, seen.records[b, k])
    return True


@kernel
def run_lockstep(start, stop, run, chips, seen):  # type: ignore[no-untyped-def]
    """Run samples start:stop one after the other; stop early and return the sample that failed, else −1.

    run: `Run`. chips: tuple of `Chip`, each with a state of its own. seen: `Seen`, to be filled.
    """
    for b in range(start, stop):
        for k in range(len(chips)):
            seen.spike_count[b, k] = 0
            begin(chips[k].core, b)
            if not clear(chips[k].fabric, b):
                return b
        for now in range(0, run.cycles, run.quantum):
            for k in range(len(chips)):
                chip = chips[k]
                for cycle in range(now, min(now + run.quantum, run.cycles)):
                    if not one_cycle(chip, cycle, b, k, seen):
                        return b
        for k in range(len(chips)):
            if not finish(chips[k].core, seen.records[b, k]) or not drain(chips[k].fabric, b):
                return b
    return -1


def step_lockstep(samples: range, run: Run, chips: tuple[Chip, ...], seen: Seen) -> int:
    """Do what `run_lockstep` does in Python, for fabrics that are no named tuples."""
    with np.errstate(over="ignore"):  # counters of the noise wrap
        failed: int = run_lockstep.py_func(samples.start, samples.stop, run, chips, seen)
    return failed


def seen_room(samples: int, chips: int, spikes: int, records: NDArray[Any]) -> Seen:
    """Return room for so many spikes of a chip in a sample. records: see `Seen`."""
    shape = samples, chips, spikes
    return Seen(np.zeros(shape[:2], np.int64), np.empty(shape, np.int32), np.empty(shape, np.int32), records)
