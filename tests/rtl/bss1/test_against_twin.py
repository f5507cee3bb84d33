"""The path of a HICANN in MyHDL and the transaction-level twin see the same, cycle by cycle, on random storms."""

from __future__ import annotations

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec

from tests.behavioral.bss1.fabric.storms import TINY, Storm, storm
from tests.cocotb.bss1.agreement import disagreements
from tests.cocotb.bss1.session import session
from tests.rtl.bss1.simulation import run


def agree(spec: Bss1Spec, case: Storm) -> None:
    given = case.stimulus(spec)
    record = run(spec, session(spec, case.config, given, case.cycles, case.fires))
    found = disagreements(spec, case.config, given, case.fires, record)
    assert not found, "\n".join(found[:12])


@pytest.mark.parametrize("seed", [1])
def test_tiny(seed: int) -> None:
    agree(TINY, storm(TINY, seed, 120))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_tiny_at_length(seed: int) -> None:
    spec = TINY.with_fields(buffer_slots=2 + seed % 4, slow_cycles=2 + seed % 3)
    agree(spec, storm(spec, seed, 400))


@pytest.mark.slow
def test_bss1() -> None:
    spec = bss1_spec("bss1")
    agree(spec, storm(spec, 3, 150))
