"""One sample of a subject on any level, as a recording."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ...chips import parts_of
from ..levels import open_level
from ..trials import Subject
from . import grid
from .recording import Recording


def record(fidelity: str, subject: Subject, sample: int, place: str) -> Recording:
    """Run one sample.

    place: the neuron that is shown, as differences name it: `neuron 17`, counted through the layers, or `output 3`;
    anything else shows neuron 0. Raises what the level raises.
    """
    level = open_level(fidelity, subject.topology, subject.chip, subject.grid)
    alone = replace(subject, spikes=subject.spikes.select(np.array([sample])), trials=subject.trials[[sample]])
    kind, number = _parsed(place)
    of_chip = parts_of(subject.chip.spec)
    if level.fidelity.digital:
        found: Recording = of_chip.part("cosim", "waves.record:record")(level, alone, kind, number)
        return found
    shown = of_chip.part("cosim", "waves.record:number_of")(subject, kind, number)
    return grid.record(fidelity, level.run(alone.spikes, alone.weights, alone.trials), kind, number, shown)


def _parsed(place: str) -> tuple[str, int]:
    kind, _, number = place.partition(" ")
    return (kind, int(number)) if kind in ("neuron", "output") else ("neuron", 0)
