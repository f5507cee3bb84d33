"""The checks notice every seeded fault in the path of a HICANN."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.behavioral.hicann.path.storms import TINY
from tests.cocotb.hicann import test_path, test_registers
from tests.cocotb.hicann.faults import FAULTS, Fault
from tests.cocotb.mutation import FAILURES, mutant
from tests.cocotb.runner import Design, Simulation, available

SEEDS = range(24)


def killer(fault: Fault) -> str | None:
    """Return the check that notices a fault; None if it survives."""
    simulator = "icarus" if not available("icarus") else "verilator"
    running: dict[str, Simulation] = {}

    def simulate(_: Design, use: str = "") -> Simulation:
        if use not in running or not running[use].alive:
            running[use] = Simulation(mutant(fault, TINY), simulator, Path(tempfile.mkdtemp(prefix="mutant-"))).start()
        return running[use]

    def storms(simulate: Any) -> None:
        test_path.agree(TINY, SEEDS, simulate)

    checks = (
        storms,
        test_path.test_counters_end,
        test_path.test_nothing_is_released_before_the_run,
        test_registers.test_what_is_no_register_is_refused,
        test_registers.test_every_register_keeps_its_fields,
    )
    try:
        for check in checks:
            try:
                check(simulate=simulate)
            except FAILURES:
                return check.__name__
    finally:
        for simulation in running.values():
            simulation.stop()
    return None


def test_faults_apply() -> None:
    """The text that each fault replaces is there exactly once, and no fault is another one."""
    assert len({mutant(fault, TINY).verilog for fault in FAULTS}) == len(FAULTS)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault_is_noticed(fault: Fault) -> None:
    assert killer(fault) is not None
