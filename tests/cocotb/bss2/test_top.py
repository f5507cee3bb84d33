"""The whole design against its twin, cycle by cycle, under random configurations and spike storms."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import pytest
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec

from tests.cocotb.bss2 import bench_top
from tests.cocotb.bss2.storms import agree
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design


def play(spec: ChipSpec, seeds: Iterable[int], simulate: Simulate, shrink: bool = True) -> None:
    """Play the storms of some seeds on the Verilog; see `agree`."""
    simulation = simulate(top_design(spec))
    agree(spec, seeds, partial(simulation.call, bench_top.run), shrink)


def test_storms(simulate: Simulate) -> None:
    play(chip_spec("tiny"), range(20), simulate)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_storms(simulate: Simulate) -> None:
    play(chip_spec("tiny"), range(1000, 1500), simulate)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_storms_on_bss2(simulate: Simulate) -> None:
    play(chip_spec("bss2"), range(25), simulate)
