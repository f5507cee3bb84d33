"""A fabric in lock-step that somebody watches: the order of a cycle stays that of `behavioral/lockstep.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral import lockstep
from ...behavioral.bss2.analog.core import AnalogConstants, Core, core
from ...behavioral.lockstep import Chip, step_lockstep
from ..bss2.digital import OnChip
from .recording import Row, neuron_values, pulse_values

Look = Callable[[int], Row]


class Watched:
    """A fabric; `note` is called in each cycle before its clock edge, with the cycle and the pulses visible in it."""

    def __init__(self, fabric: Any, note: Callable[[int, NDArray[np.int64]], None]) -> None:
        self.fabric, self.note, self.count = fabric, note, 0

    @property
    def pulses(self) -> Any:
        """Those of the fabric."""
        return self.fabric.pulses

    @property
    def held(self) -> Any:
        """What the fabric holds."""
        return self.fabric.held


@lockstep.clear.of(Watched)
def _clear(fabric: Watched, sample: int) -> bool:
    return bool(lockstep.clear(fabric.fabric, sample))


@lockstep.show.of(Watched)
def _show(fabric: Watched, cycle: int) -> int:
    fabric.count = lockstep.show(fabric.fabric, cycle)
    return fabric.count


@lockstep.edge.of(Watched)
def _edge(fabric: Watched, cycle: int, fires: Any, count: int) -> bool:
    fabric.note(cycle, fabric.pulses[: fabric.count])
    return bool(lockstep.edge(fabric.fabric, cycle, fires, count))


@lockstep.triggered.of(Watched)
def _triggered(fabric: Watched, cycle: int) -> bool:
    return bool(lockstep.triggered(fabric.fabric, cycle))


@lockstep.drain.of(Watched)
def _drain(fabric: Watched, sample: int) -> bool:
    return bool(lockstep.drain(fabric.fabric, sample))


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
