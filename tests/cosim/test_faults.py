"""Faults of the design are seen by the comparison of levels, or stand on the list of what its inputs cannot reach."""

from __future__ import annotations

import pytest
from inloop.rtl.convert import toolchain

from tests.cocotb.bss2.faults import FAULTS, Fault
from tests.cosim.faulty_agreement import SEEDED, UNREACHABLE, seen

SAMPLE = ("the label of a node is old", "released one cycle late")
"""Seen at once and tried by the fast tests, one in the crossbar and one in a link."""


def test_the_list_of_the_unreachable_names_faults() -> None:
    names = {fault.name for fault in SEEDED}
    assert names == {fault.name for fault in FAULTS}
    assert set(UNREACHABLE) < names
    assert set(SAMPLE) <= names - set(UNREACHABLE)


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "fault",
    [pytest.param(f, marks=[] if f.name in SAMPLE else pytest.mark.slow) for f in SEEDED],
    ids=lambda fault: fault.name.replace(" ", "-"),
)
def test_fault_is_seen_or_out_of_reach(fault: Fault) -> None:
    toolchain.verilator()
    found = seen(fault)
    assert bool(found) != (fault.name in UNREACHABLE), found or "not seen"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_design_without_a_fault_agrees() -> None:
    assert not seen(None)
