"""The checks notice every seeded fault in the path of a HICANN."""

from __future__ import annotations

import pytest

from tests.cocotb.bss1.faults import FAULTS, Fault
from tests.cocotb.checks import HICANN
from tests.cocotb.mutation import killer, mutant


def test_faults_apply() -> None:
    """The text that each fault replaces is there exactly once, and no fault is another one."""
    assert len({mutant(fault, HICANN).verilog for fault in FAULTS}) == len(FAULTS)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_fault_is_noticed(fault: Fault) -> None:
    assert killer(fault, HICANN) is not None
