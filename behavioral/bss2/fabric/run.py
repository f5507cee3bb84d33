"""The twin in an open loop: all inputs and all fires are known before."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import ConfigError, SpikeError
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .advance import advance, fire
from .config import FabricConfig
from .log import PULSES, SENT, SPIKES, Log, new_log
from .result import FabricResult, fabric_result
from .state import clear, fabric_constants, fabric_state
from .stimulus import Stimulus, traffic
from .wiring import neurons

ROOM = 4096
"""Rows of pulses and of events to the host that are logged before they are put aside."""


def run_fabric(
    spec: ChipSpec,
    config: FabricConfig,
    given: Stimulus,
    cycles: int,
    fires: ArrayLike = (),
    *,
    every_cycle: bool = False,
) -> FabricResult:
    """Run cycles 0 to cycles − 1.

    fires: rows of cycle and neuron, in any order; fires that the neuron does not accept are ignored. every_cycle: stop
    in each cycle instead of going from event to event; slower, the result is the same. Raises `ConfigError` for a
    configuration or number of cycles that cannot be, `SpikeError` for a fire outside the run or the chip.
    """
    if cycles < 0:
        raise ConfigError(f"cycles = {cycles} must be 0 or more")
    rows = np.asarray(fires, np.int64).reshape(-1, 2)
    for name, column, limit in (("cycle", rows[:, 0], cycles), ("neuron", rows[:, 1], neurons(spec))):
        bad = np.flatnonzero((column < 0) | (column >= limit))
        if len(bad):
            raise SpikeError(f"{name} {column[bad[0]]} of fire {bad[0]} is outside 0..{limit - 1}")
    rows = rows[np.argsort(rows[:, 0], kind="stable")]
    constants, events, state = fabric_constants(spec, config), traffic(spec, given), fabric_state(spec)
    log = new_log(spec, ROOM, ROOM, len(rows))
    clear(constants, events, state)
    pulses, sent = [], []
    position, done = np.zeros(2, np.int64), False
    while not done:
        done = bool(_drive(constants, events, state, cycles, rows, position, every_cycle, log))
        pulses.append(_take(log, log.pulses, PULSES))
        sent.append(_take(log, log.sent, SENT))
    spikes = log.spikes[: log.count[SPIKES]]
    return fabric_result(spec, config, given, cycles, state, np.concatenate(pulses), np.concatenate(sent), spikes)


def _take(log: Log, rows: NDArray[np.int64], kind: int) -> NDArray[np.int64]:
    taken = rows[: log.count[kind]].copy()
    log.count[kind] = 0
    return taken


@borrowing
def _drive(constants, events, state, cycles, fires, position, every_cycle, log):  # type: ignore[no-untyped-def]
    """Go on from position (next fire, next cycle) to the end of the run; False if the log must be emptied first."""
    while position[0] < fires.shape[0]:
        cycle, neuron = fires[position[0], 0], fires[position[0], 1]
        if not _go(constants, events, state, cycle, position, every_cycle, log):
            return False
        fire(constants, state, cycle, neuron, log)
        position[0] += 1
    return _go(constants, events, state, cycles - 1, position, every_cycle, log)


@borrowing
def _go(constants, events, state, cycle, position, every_cycle, log):  # type: ignore[no-untyped-def]
    while every_cycle and position[1] < cycle:
        if not advance(constants, events, state, position[1], log):
            return False
        position[1] += 1
    return advance(constants, events, state, cycle, log)
