"""One sample of a level with the digital path as a recording."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np

from ...observation import Level
from ...trials import Subject
from ...waves.recording import Recording
from ..digital import OnChip
from ..placement import route


def number_of(subject: Subject, kind: str, number: int) -> int:
    """Return the first circuit of a neuron, counted through the layers, or of an output."""
    circuits = route(subject.topology, subject.chip.spec).circuits
    return int(circuits[-1][number] if kind == "output" else np.concatenate(circuits[:-1])[number])


def record(level: Level, subject: Subject, kind: str, number: int) -> Recording:
    """Run the one sample of a subject, and show a neuron."""
    assert isinstance(level, OnChip)
    weights, trials = subject.weights, subject.trials
    _, link = level.inputs(subject.spikes, weights, trials)
    _, active = level.active_lanes(1, None, weights.forward[0].dtype)
    circuit = number_of(subject, kind, number)
    return _recorder(level)(level, link, level.analog(weights), active[0], trials[0], circuit)


def _recorder(level: OnChip) -> Callable[..., Recording]:
    """Return the recorder of a level; hardware description and compiler come in only if needed."""
    found: Callable[..., Recording] = import_module(f".{level.fidelity.name}", __package__).record
    return found
