"""One sample of a subject on any level, as a recording."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..bss2.digital import OnChip
from ..bss2.event import EventLevel
from ..bss2.placement import route
from ..levels import DIGITAL, open_level
from ..trials import Subject
from . import event, grid
from .recording import Recording


def record(fidelity: str, subject: Subject, sample: int, place: str) -> Recording:
    """Run one sample.

    place: the neuron that is shown, as differences name it: `neuron 17`, counted through the layers, or `output 3`;
    anything else shows neuron 0. Raises what the level raises.
    """
    level = open_level(fidelity, subject.topology, subject.chip, subject.grid)
    spikes, trials = subject.spikes.select(np.array([sample])), subject.trials[[sample]]
    kind, number = _parsed(place)
    circuits = route(subject.topology, subject.chip.spec).circuits
    column = int(circuits[-1][number] if kind == "output" else np.concatenate(circuits[:-1])[number])
    if fidelity not in DIGITAL:
        return grid.record(fidelity, level.run(spikes, subject.weights, trials), kind, number, column)
    assert isinstance(level, OnChip)
    _, link = level.inputs(spikes, subject.weights, trials)
    _, active = level.active_lanes(1, None, subject.weights.forward[0].dtype)
    return _recorder(level)(level, link, level.analog(subject.weights), active[0], trials[0], column)


def _parsed(place: str) -> tuple[str, int]:
    kind, _, number = place.partition(" ")
    return (kind, int(number)) if kind in ("neuron", "output") else ("neuron", 0)


def _recorder(level: OnChip) -> Callable[..., Recording]:
    """Return the recorder of a level; hardware description and compiler come in only if needed."""
    if isinstance(level, EventLevel):
        return event.record
    if level.fidelity.name == "rtl":
        from . import rtl

        return rtl.record
    from . import verilog

    return verilog.record
