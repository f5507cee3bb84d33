"""Wafers and their levels are copied and pickled, with the same result."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.cosim.levels import open_level

from tests.cosim.bss1.busy import busy_subject

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda each: pickle.loads(pickle.dumps(each)),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("level", ["behavioral", "event", "verilog"])
def test_a_copy_computes_the_same(level: str, way: str) -> None:
    given = busy_subject("bss1-tiny", 2, 3)
    opened = open_level(level, given.topology, given.chip, given.grid)
    before = WAYS[way](opened)
    expected = opened.run(given.spikes, given.weights).counts()
    for other in (before, WAYS[way](opened)):
        found = other.run(given.spikes, given.weights).counts()
        assert all(np.array_equal(one, two) for one, two in zip(found, expected, strict=True))
    assert sum(each.sum() for each in expected) > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_of_a_wafer_is_the_same_wafer(way: str) -> None:
    wafer = busy_subject("bss1-tiny", 2, 3).chip
    assert isinstance(wafer, Bss1Chip)
    drawn = vars(wafer.circuits(0))
    other = vars(WAYS[way](wafer).circuits(0))
    assert all(np.array_equal(other[name], values) for name, values in drawn.items())
