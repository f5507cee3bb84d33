"""Each block of the path of a HICANN alone against the plain model, in the middle of storms."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.wiring import ENCODERS, MERGERS, TREE

from tests.behavioral.bss1.fabric.storms import TINY
from tests.cocotb import bench_block
from tests.cocotb.bss1.blocks import Watched
from tests.cocotb.bss2.stepped import differences
from tests.cocotb.bss2.strategies import FEW, MANY
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

CYCLES = 80
SLOW_ON = ("verilator",)  # to build nine blocks takes longer than to test them
INSTANCES = {
    "priority_encoder": range(ENCODERS), "background": range(ENCODERS), "release_buffer": range(ENCODERS),
    "background_merger": range(ENCODERS), "tree_merger": range(ENCODERS, TREE), "dnc_merger": range(TREE, MERGERS),
    "line": range(ENCODERS), "link_out": range(1), "drivers": range(1),
}  # fmt: skip
"""Blocks, and the numbers of their instances: of mergers those of the tree."""


def check(block: str, number: int, seed: int, simulate: Simulate) -> None:
    script = Watched(TINY, seed, CYCLES).script(block, number, CYCLES)
    steps, expected = [inputs for inputs, _ in script.seen], [outputs for _, outputs in script.seen]
    names = tuple(expected[0])
    idle = dict.fromkeys(steps[0], 0) | script.idle
    rows = simulate(block_design(TINY, block)).call(bench_block.play, script.words, idle, steps, names)
    seen = [
        tuple(None if outputs[name] is None else value for name, value in zip(names, row, strict=True))
        for row, outputs in zip(rows, expected, strict=True)
    ]
    assert differences(names, seen, [tuple(outputs.values()) for outputs in expected]) == []


@pytest.mark.parametrize("block", INSTANCES)
@settings(FEW, max_examples=6)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_block(block: str, data: st.DataObject, seed: int, simulate: Simulate) -> None:
    check(block, data.draw(st.sampled_from(INSTANCES[block])), seed, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("block", INSTANCES)
@MANY
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_block_at_length(block: str, data: st.DataObject, seed: int, simulate: Simulate) -> None:
    check(block, data.draw(st.sampled_from(INSTANCES[block])), seed, simulate)
