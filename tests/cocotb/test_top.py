"""The whole design against its twin, cycle by cycle, under random configurations and spike storms."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest
from inloop.behavioral.spec import ChipSpec, chip_spec

from tests.cocotb import bench_top
from tests.cocotb.agreement import disagreements
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design
from tests.cocotb.storms import Storm, reduced, storm

Property = Callable[[str, object], None]
SHOWN = 12  # differences in a message


def agree(spec: ChipSpec, seeds: Iterable[int], simulate: Simulate, record_property: Property) -> None:
    simulation = simulate(top_design(spec))
    configurations = cycles = 0

    def differences(case: Storm) -> list[str]:
        nonlocal cycles
        given = case.stimulus(spec)
        record = simulation.call(bench_top.run, spec, case.config, given, case.cycles, case.fires)
        cycles += record.cycles
        return disagreements(spec, case.config, given, case.fires, record)

    for seed in seeds:
        case = storm(spec, seed)
        found = differences(case)
        configurations += 1
        if found:
            small = reduced(spec, case, lambda other: bool(differences(other)))
            text = [f"storm({spec.name!r}, seed={seed}), reduced to", small.describe(spec), *differences(small)[:SHOWN]]
            pytest.fail("\n".join(text))
    record_property("configurations", configurations)
    record_property("cycles", cycles)


def test_storms(simulate: Simulate, record_property: Property) -> None:
    agree(chip_spec("tiny"), range(20), simulate, record_property)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_storms(simulate: Simulate, record_property: Property) -> None:
    agree(chip_spec("tiny"), range(1000, 1500), simulate, record_property)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_storms_on_bss2(simulate: Simulate, record_property: Property) -> None:
    agree(chip_spec("bss2"), range(25), simulate, record_property)
