"""The whole design against its twin, cycle by cycle, under random configurations and spike storms."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from inloop.behavioral.spec import ChipSpec, chip_spec

from tests.cocotb import bench_top
from tests.cocotb.agreement import disagreements
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design
from tests.cocotb.storms import Storm, reduced, storm

SHOWN = 12  # differences in a message


def agree(spec: ChipSpec, seeds: Iterable[int], simulate: Simulate, shrink: bool = True) -> None:
    """Play the storms of some seeds; fail with the differences, and if wanted with a reduced case."""
    simulation = simulate(top_design(spec))

    def differences(case: Storm) -> list[str]:
        given = case.stimulus(spec)
        record = simulation.call(bench_top.run, spec, case.config, given, case.cycles, case.fires)
        return disagreements(spec, case.config, given, case.fires, record)

    for seed in seeds:
        case = storm(spec, seed)
        found = differences(case)
        if found and not shrink:
            pytest.fail("\n".join(found[:SHOWN]))
        if found:
            small = reduced(spec, case, lambda other: bool(differences(other)))
            text = [f"storm({spec.name!r}, seed={seed}), reduced to", small.describe(spec), *differences(small)[:SHOWN]]
            pytest.fail("\n".join(text))


def test_storms(simulate: Simulate) -> None:
    agree(chip_spec("tiny"), range(20), simulate)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_storms(simulate: Simulate) -> None:
    agree(chip_spec("tiny"), range(1000, 1500), simulate)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_storms_on_bss2(simulate: Simulate) -> None:
    agree(chip_spec("bss2"), range(25), simulate)
