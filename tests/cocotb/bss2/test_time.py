"""What beats in system time, alone against the twin: the CADC trigger, the divided clocks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.fabric.run import run_fabric
from inloop.behavioral.bss2.fabric.stimulus import stimulus
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.digital.ticks import nth_tick

from tests.cocotb import bench_block
from tests.cocotb.bss2.stepped import differences
from tests.cocotb.bss2.strategies import FEW, MANY
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

SPEC = chip_spec("tiny")
CYCLES = 100
PERIODS = st.integers(0, 12) | st.integers(0, (1 << 16) - 1)
RUN = st.just([True]) | st.lists(st.booleans(), min_size=1, max_size=12)


def check_trigger(period: int, enable: int, run: list[bool], simulate: Simulate) -> None:
    running = [cycle for cycle in range(CYCLES) if run[cycle % len(run)]]
    config = FabricConfig.default(SPEC).with_section("cadc", period=period, enable=enable)
    twin = run_fabric(SPEC, config, stimulus(SPEC), len(running))
    high = {running[cycle - 1] + 1 for cycle in twin.cadc_triggers.tolist()}
    expected = [(int(cycle in high), sum(at <= cycle for at in high)) for cycle in range(CYCLES)]
    steps = [{"run": int(cycle in running), "enable": enable, "period": period} for cycle in range(CYCLES)]
    idle = {"run": 0, "enable": enable, "period": period}
    block = simulate(block_design(SPEC, "cadc_trigger"))
    seen = block.call(bench_block.play, [], idle, steps, ("trigger", "samples"))
    assert differences(("trigger", "samples"), seen, expected) == []


@FEW
@given(period=PERIODS, enable=st.sampled_from([1, 0]), run=RUN)
def test_cadc_trigger(period: int, enable: int, run: list[bool], simulate: Simulate) -> None:
    check_trigger(period, enable, run, simulate)


@pytest.mark.slow
@MANY
@given(period=PERIODS, enable=st.sampled_from([1, 0]), run=RUN)
def test_cadc_trigger_at_length(period: int, enable: int, run: list[bool], simulate: Simulate) -> None:
    check_trigger(period, enable, run, simulate)


@FEW
@given(
    time=st.integers(0, 1 << 16) | st.integers(0, (1 << SPEC.time_bits) - 1 - (1 << 15)), run=st.sampled_from([1, 0]),
    enable=st.sampled_from([1, 0]),
)  # fmt: skip
def test_divided_clocks(time: int, run: int, enable: int, simulate: Simulate) -> None:
    """Every scale ticks where the twin says, around its first tick behind a time."""
    steps, expected = [], []
    for scale in range(16):
        tick = nth_tick(time, scale, 1)
        for now in {time, tick - 1, tick, tick + 1} - {-1}:
            steps.append({"now": now, "scale": scale, "run": run, "enable": enable})
            expected.append(int(run and enable and nth_tick(now, scale, 1) == now))
    assert simulate(block_design(SPEC, "tick_clock")).call(bench_block.settled, steps, "tick") == expected
