"""A fabric in lock-step that somebody watches: the order of a cycle stays that of `behavioral/lockstep.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral import lockstep


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
