"""One sample of a level in lock-step with somebody who looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ....behavioral.bss2.analog.core import AnalogConstants, Core, core
from ....behavioral.lockstep import Chip, step_lockstep
from ...waves.recording import Row
from ...waves.watched import Watched
from ..digital import OnChip
from .signals import neuron_values, pulse_values

Look = Callable[[int], Row]


def watch(
    level: OnChip, fabric: Any, analog: AnalogConstants, active: Any, trial: Any, neuron: int, look: Look
) -> list[Row]:
    """Run one sample and return a row per cycle. neuron: the column that is shown; look: what else is to be seen."""
    rows: list[Row] = []
    neurons: Core = core(analog, active[None], np.array([trial]))

    def note(cycle: int, pulses: NDArray[np.int64]) -> None:
        held = fabric.held
        seen = {**pulse_values(level.spec, pulses.tolist()), **look(cycle)}
        rows.append(seen | neuron_values(level.spec, neuron, neurons.state, held.clamped, held.refractory))

    chip = Chip(Watched(fabric, note), neurons)
    step_lockstep(range(1), level.run_of, (chip,), level.room(1, analog.charge.dtype))
    return rows
