from __future__ import annotations

from typing import Any

import numpy as np
from inloop.behavioral.events import GridEvents
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.hicann.spec import hicann_spec
from inloop.behavioral.topology import Topology
from inloop.cosim.wafer.level import RateObservation
from inloop.cosim.wafer.losses import path_losses
from inloop.cosim.wafer.placement import place

SPEC = hicann_spec("bss1")
GRID = TimeGrid(0.1e-6, 50, 50)


def placed(neurons: int, chips: int = 2, spec: Any = SPEC) -> Any:
    usable = [np.ones((spec.sides, spec.columns), bool)] * chips
    return place(Topology(3, (neurons,), 1, (False,)), spec, usable)


def observed(neurons: int, steps: Any) -> RateObservation:
    """All hidden neurons spike in these steps, in two samples."""
    dense = np.zeros((2, GRID.steps, neurons), bool)
    dense[:, steps] = True
    counts = dense.reshape(2, GRID.steps, -1).sum(axis=2)
    first = np.concatenate([np.zeros((2, 1), np.int64), counts.cumsum(axis=1)], axis=1)
    first[1] += first[0, -1]
    silent = GridEvents(np.zeros((2, GRID.steps + 1), np.int64), np.zeros(0, np.int32), 1)
    unit = np.tile(np.arange(neurons, dtype=np.int32), 2 * len(steps))
    return RateObservation(GRID, (GridEvents(first, unit, neurons), silent), {}, 1e-5)


def test_calm_traffic_loses_nothing() -> None:
    found = path_losses(placed(6), observed(6, range(0, 50, 10)), samples=2)
    assert (found.fired, found.lost, found.percent) == (2 * 6 * 5, {}, 0)


def test_all_chips_count() -> None:
    many = 64 + 30
    assert path_losses(placed(many), observed(many, [3]), samples=1).fired == many


def test_more_than_the_tree_can_carry_is_lost() -> None:
    """64 neurons in each step of 20 cycles, but a line takes one event per cycle."""
    found = path_losses(placed(63), observed(63, range(50)), samples=1)
    assert found.fired == 63 * 50
    tree = found.lost["encoder_lost"] + found.lost["encoder_overwritten"]
    assert 63 * 50 - tree <= 51 * 20 + 40  # what is left in the tree
    assert set(found.lost) <= {"encoder_lost", "encoder_overwritten", "out_lost"}
    assert found.percent > 60
