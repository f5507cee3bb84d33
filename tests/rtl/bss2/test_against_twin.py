"""The design in MyHDL and the transaction-level twin see the same, cycle by cycle, on the storms of the Verilog."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any

import pytest
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.rtl.bss2.driver import Driver

from tests.cocotb.bss2.agreement import disagreements
from tests.cocotb.bss2.session import session
from tests.cocotb.bss2.storms import agree, storm
from tests.rtl.bss2.simulation import play, run_rtl


def check(spec: ChipSpec, seeds: Iterable[int]) -> None:
    """Play storms one after the other in one simulation; those that fail are played again alone, and reduced."""
    failed = []

    def script(host: Driver) -> Generator[Any, None, None]:
        for seed in seeds:
            case = storm(spec, seed)
            given = case.stimulus(spec)
            record = yield from play(host, session(spec, case.config, given, case.cycles, case.fires))
            if disagreements(spec, case.config, given, case.fires, record):
                failed.append(seed)

    Driver(spec).play(script)
    agree(spec, failed, run_rtl)
    assert failed == [], "these storms fail only behind others"


def test_tiny() -> None:
    check(chip_spec("tiny"), range(2))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(1000, 1500, 100))
def test_many_storms(first: int) -> None:
    check(chip_spec("tiny"), range(first, first + 100))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(0, 25, 5))
def test_storms_on_bss2(first: int) -> None:
    check(chip_spec("bss2"), range(first, first + 5))
