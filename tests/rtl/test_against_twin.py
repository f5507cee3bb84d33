"""The design in MyHDL and the transaction-level twin see the same, cycle by cycle, on the storms of the Verilog."""

from __future__ import annotations

import pytest
from inloop.behavioral.spec import chip_spec

from tests.cocotb.storms import agree
from tests.rtl.simulation import run_rtl


def test_tiny() -> None:
    agree(chip_spec("tiny"), range(2), run_rtl)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(1000, 1500, 100))
def test_many_storms(first: int) -> None:
    agree(chip_spec("tiny"), range(first, first + 100), run_rtl)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(0, 25, 5))
def test_storms_on_bss2(first: int) -> None:
    agree(chip_spec("bss2"), range(first, first + 5), run_rtl)
