"""The suite notices every seeded fault."""

from __future__ import annotations

import pytest

from tests.cocotb.bss2.faults import FAULTS, Fault
from tests.cocotb.mutation import killer, mutant


def test_faults_apply() -> None:
    """The text that each fault replaces is there exactly once, and no fault is another one."""
    assert len(FAULTS) >= 25
    assert len({mutant(fault).verilog for fault in FAULTS}) == len(FAULTS)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault_is_noticed(fault: Fault) -> None:
    assert killer(fault) is not None
