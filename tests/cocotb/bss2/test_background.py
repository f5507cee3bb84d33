"""One background generator alone against the twin, with pauses of `run`, enabled before the run or during it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import Background, FabricConfig
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.sections import section_fields
from inloop.rtl.bss2.register_map import register_map

from tests.cocotb import bench_block
from tests.cocotb.bss2.stepped import Stepped, differences, words
from tests.cocotb.bss2.strategies import FEW, MANY
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

SPEC = chip_spec("tiny")
INPUT = SPEC.event_outputs + SPEC.link_channels
"""Of the crossbar: that of the first generator."""
CYCLES = 120
TO_COUNT = 2
"""Cycles from the write of `enable` to the first one that counts."""


@dataclass(frozen=True)
class Case:
    """settings: of the generator. enabled_in: cycle of the write that enables it, None: before. run: repeated."""

    settings: dict[str, int]
    enabled_in: int | None
    run: list[bool]


WIDE = {f.name: st.integers(0, (1 << bits) - 1) for f, bits in section_fields(SPEC, Background)}
SETTINGS = st.fixed_dictionaries(
    {"period": st.integers(0, 12) | WIDE["period"], "enable": st.sampled_from([1, 1, 1, 0])},
    optional={name: WIDE[name] for name in ("random", "state", "mask", "label")}
    | {"rate": st.sampled_from([0, 255]) | WIDE["rate"]},
)
RUN = st.just([True]) | st.lists(st.booleans(), min_size=1, max_size=12)
CASES = st.builds(Case, SETTINGS, st.none() | st.integers(0, 10), RUN)


def check(case: Case, simulate: Simulate) -> None:
    others_off = [case.settings["enable"]] + [0] * (SPEC.background_sources - 1)
    config = FabricConfig.default(SPEC).with_section("background", **case.settings | {"enable": others_off})
    first = 0 if case.enabled_in is None else case.enabled_in + TO_COUNT
    running = [case.run[cycle % len(case.run)] for cycle in range(CYCLES)]
    twin, expected = Stepped(SPEC, config), [{} for _ in range(CYCLES + 1)]
    for cycle in range(first, CYCLES):
        if running[cycle]:
            twin.step()
            expected[cycle + 1] = twin.inputs()
    count = register_map(SPEC).bank("background").words
    timing, *others = words(SPEC, config, "background")[:count]
    memory, steps = [*enumerate([timing, *others])], [{"run": int(run)} for run in running]
    if case.enabled_in is not None:
        disabled = timing & ~(1 << register_map(SPEC).bank("background").field("enable").low)
        memory[0] = (0, disabled)
        steps[case.enabled_in] |= {"select": 1, "wdata": timing}
    idle = {"run": 0, "select": 0, "write": 1, "index": 0, "wdata": 0}
    generator = simulate(block_design(SPEC, "background"))
    seen: list[Any] = generator.call(bench_block.play, memory, idle, steps, ("event_valid", "event_label"))
    shown = [(valid, label if valid else None) for valid, label in seen]
    rows = [(int(bool(row)), row.get(INPUT)) for row in expected[:-1]]
    assert differences(("event_valid", "event_label"), shown, rows) == []


@FEW
@given(case=CASES)
def test_background(case: Case, simulate: Simulate) -> None:
    check(case, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@MANY
@given(case=CASES)
def test_background_at_length(case: Case, simulate: Simulate) -> None:
    check(case, simulate)
