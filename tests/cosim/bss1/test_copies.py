"""Wafers and their levels are copied and pickled, with the same result."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from inloop.cosim.bss1.levels import open_wafer
from inloop.cosim.bss1.random_subject import random_wafer_subject

WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy, "deepcopy": copy.deepcopy, "pickle": lambda each: pickle.loads(pickle.dumps(each)),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("level", ["behavioral", "event", "verilog"])
def test_a_copy_computes_the_same(level: str, way: str) -> None:
    given = random_wafer_subject("bss1-tiny", 2, 3)
    opened = open_wafer(level, given.topology, given.wafer, given.grid)
    before = WAYS[way](opened)
    expected = opened.run(given.spikes, given.configuration).counts()
    for other in (before, WAYS[way](opened)):
        found = other.run(given.spikes, given.configuration).counts()
        assert all(np.array_equal(one, two) for one, two in zip(found, expected, strict=True))
    assert sum(each.sum() for each in expected) > 0


@pytest.mark.parametrize("way", WAYS)
def test_a_copy_of_a_wafer_is_the_same_wafer(way: str) -> None:
    wafer = random_wafer_subject("bss1-tiny", 2, 3).wafer
    drawn = vars(wafer.circuits(0))
    other = vars(WAYS[way](wafer).circuits(0))
    assert all(np.array_equal(other[name], values) for name, values in drawn.items())
