"""The neurons: leaky integrate-and-fire with exponential currents, one step at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
from inloop.behavioral import lockstep
from inloop.behavioral.propagator import propagator
from numpy.typing import NDArray

from .spec import RingSpec

Array = NDArray[np.float64]


class Core:
    """charge: (addresses, neurons). step_s: length of a step. active: 0 where a neuron must not fire."""

    def __init__(self, spec: RingSpec, charge: Array, step_s: float, active: NDArray[Any]) -> None:
        factors = propagator(step_s, spec.tau_mem_s, spec.tau_syn_s)
        self.keep, self.fade, self.drive = (float(x) for x in (factors.decay_mem, factors.decay_syn, factors.drive))
        self.charge, self.active, self.rest = charge, active, max(round(spec.refractory_s / step_s), 1)
        self.fires = np.zeros(charge.shape[1], np.int32)

    def begin(self, sample: int) -> None:
        """Put all to rest."""
        self.v, self.i = np.zeros((2, self.charge.shape[1]))
        self.left = np.where(self.active[sample] > 0, 0, np.iinfo(np.int64).max)

    def step(self) -> NDArray[np.int64]:
        """Do one step; return the neurons that fire."""
        awake = self.left == 0
        self.v = np.where(awake, self.keep * self.v + self.drive * self.i, 0.0)
        self.i *= self.fade
        fired = awake & (self.v > 1)
        self.v[fired] = 0.0
        self.left = np.where(fired, self.rest, np.maximum(self.left - 1, 0))
        return np.flatnonzero(fired)


@lockstep.begin.of(Core)
def _begin(core: Core, sample: int) -> None:
    core.begin(sample)


@lockstep.act.of(Core)
def _act(core: Core, pulses: Any, count: int) -> None:
    for address in pulses[:count, 0]:
        core.i += core.charge[address]


@lockstep.move.of(Core)
def _move(core: Core, cycle: int, held: Any) -> int:  # noqa: ARG001
    found = core.step()
    core.fires[: len(found)] = found
    return len(found)


@lockstep.convert.of(Core)
def _convert(core: Core, records: Any) -> None:
    """There is no converter."""


@lockstep.finish.of(Core)
def _finish(core: Core, records: Any) -> bool:  # noqa: ARG001
    return True
