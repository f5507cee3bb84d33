"""The twin in an open loop: all inputs and all fires are known before."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import ConfigError, SpikeError
from ...numerics.compiled import borrowing
from ..spec import Bss1Spec
from .advance import advance, new_log
from .config import FabricConfig
from .result import FabricResult, fabric_result
from .stimulus import Stimulus, traffic
from .tree import clear, latch, path_constants, path_state

ROOM = 4096
"""DNC outputs that are logged before they are put aside."""


def run_fabric(
    spec: Bss1Spec, config: FabricConfig, given: Stimulus, cycles: int, fires: ArrayLike = ()
) -> FabricResult:
    """Run cycles 0 to cycles − 1.

    fires: rows of cycle and neuron, in any order, each once. Raises `ConfigError` for a configuration or number of
    cycles that cannot be, `SpikeError` for a fire that is twice there or outside the run or the chip.
    """
    if cycles < 0:
        raise ConfigError(f"cycles = {cycles} must be 0 or more")
    rows = np.asarray(fires, np.int64).reshape(-1, 2)
    for name, column, limit in (("cycle", rows[:, 0], cycles), ("neuron", rows[:, 1], spec.circuits)):
        bad = np.flatnonzero((column < 0) | (column >= limit))
        if len(bad):
            raise SpikeError(f"{name} {column[bad[0]]} of fire {bad[0]} is outside 0..{limit - 1}")
    if len(np.unique(rows, axis=0)) < len(rows):
        raise SpikeError("a neuron fires twice in one cycle")
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    constants, events, state = path_constants(spec, config), traffic(spec, config, given), path_state(spec)
    log = new_log(ROOM)
    clear(constants, events, state)
    position, done, outputs = np.zeros(1, np.int64), False, []
    while not done:
        done = bool(_drive(constants, events, state, cycles, rows, position, log))
        outputs.append(log.outputs[: log.count[0]].copy())
        log.count[0] = 0
    return fabric_result(spec, config, given, cycles, state, _in_order(np.concatenate(outputs)))


def _in_order(outputs: NDArray[np.int64]) -> NDArray[np.int64]:
    return outputs[np.lexsort((outputs[:, 1], outputs[:, 0]))]


@borrowing
def _drive(constants, events, state, cycles, fires, position, log):  # type: ignore[no-untyped-def]
    """Go on from fire number `position` to the end of the run; False if the log must be emptied first."""
    while position[0] < fires.shape[0]:
        if not advance(constants, events, state, fires[position[0], 0], log):
            return False
        latch(constants, state, fires[position[0], 1])
        position[0] += 1
    return advance(constants, events, state, cycles - 1, log)
