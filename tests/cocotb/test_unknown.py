"""No register is without a reset but the words of FIFOs, and what these hold before they are written goes nowhere."""

from __future__ import annotations

import re
from typing import Any

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec

from tests.behavioral.bss1.fabric.storms import storm as hicann_storm
from tests.cocotb import bench_unknown
from tests.cocotb.bss1 import session as hicann_session
from tests.cocotb.bss2 import session
from tests.cocotb.bss2.faults import Fault, with_fault
from tests.cocotb.bss2.storms import storm
from tests.cocotb.checks import CHIP, HICANN
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import modules, top_design
from tests.cocotb.runner import Design

NO_RESET = re.compile(r"\.(link_in|link_out)_\d+\.fifo0_words\[\d+\]")
"""Memories: a word of a FIFO is read only after it was written, and the head of an empty one is 0."""

Spec = ChipSpec | Bss1Spec
SPECS = pytest.mark.parametrize("spec", [CHIP, HICANN], ids=["tiny", "bss1-tiny"])


def reset(spec: Spec) -> tuple[Any, ...]:
    """Return the function that resets a design, and its arguments."""
    return (session.reset, spec) if isinstance(spec, ChipSpec) else (hicann_session.reset,)


def traffic(spec: Spec, seed: int) -> tuple[Any, ...]:
    """Return the function of a whole session, and its arguments."""
    play, draw = (session.session, storm) if isinstance(spec, ChipSpec) else (hicann_session.session, hicann_storm)
    case: Any = draw(spec, seed, 60)  # type: ignore[arg-type]
    return play, spec, case.config, case.stimulus(spec), case.cycles, case.fires


def words(spec: Spec) -> int:
    """Words of all FIFOs of a design."""
    if isinstance(spec, ChipSpec):
        return spec.link_channels * (spec.link_in_depth + spec.link_out_depth)
    return spec.link_out_depth


@pytest.fixture(autouse=True)
def _four_states(request: pytest.FixtureRequest, simulator: str) -> None:
    if simulator != "icarus" and "starts_at_random" not in request.node.name:
        pytest.skip("Verilator knows two states only")


@SPECS
def test_after_reset_only_memories_are_unknown(spec: Spec, simulate: Simulate) -> None:
    count, unknown = simulate(top_design(spec), "reset").call(bench_unknown.after, *reset(spec))
    assert [path for path in unknown if not NO_RESET.search(path)] == []
    assert len(unknown) == words(spec)
    assert count > 1300


LACKING: dict[Any, tuple[tuple[str, str, str], ...]] = {
    CHIP: (
        ("neuron_backend", "loaded <= 0;", r"backend_\d\.loaded"),  # a bit
        ("crossbar", "crossbar_output3_pointer <= 0;", r"router\.crossbar_output3_pointer"),  # a vector
        ("crossbar", "crossbar_output3_held[node] <= 0;", r"router\.crossbar_output3_held\[\d\]"),  # an array
        ("synapse_drivers", "states[d] <= 0;", r"drivers_\d\.states\[\d+\]"),
        ("link_in", "event_label <= 0;", r"link_in_\d\.event_label"),
    ),
    HICANN: (
        ("line", "addresses[stage] <= 0;", r"line_\d\.addresses\[\d\]"),
        ("release_buffer", "stamps[n] <= 0;", r"release_\d\.stamps\[\d+\]"),
        ("dnc_merger", "merger0_kept[1] <= 0;", r"dnc_merger_\d\.merger0_kept\[1\]"),
    ),
}


@SPECS
def test_lacking_resets_are_found(spec: Spec, simulate: Simulate) -> None:
    """Whatever the width, and in arrays: each piece of Verilog that is taken out here shows by name."""
    top, texts = top_design(spec).top, dict(modules(spec))
    for block, text, _ in LACKING[spec]:
        texts = with_fault(texts, top, Fault("no reset", block, text, ""))
    _, unknown = simulate(Design(top, "\n".join(texts.values()))).call(bench_unknown.after, *reset(spec))
    for _, _, where in LACKING[spec]:
        assert any(re.search(where, path) for path in unknown), where


@SPECS
def test_nothing_unknown_reaches_a_port(spec: Spec, simulate: Simulate) -> None:
    """Nor a wire between two blocks, from the reset on, through configuration, a storm and the reading of counters."""
    looks, unknown = simulate(top_design(spec), "ports").call(bench_unknown.during, *traffic(spec, 5))
    assert unknown == []
    assert looks > 100_000


@SPECS
def test_verilator_starts_at_random(spec: Spec, simulate: Simulate, simulator: str) -> None:
    """So that a register without a reset would differ from the twin there, too."""
    if simulator != "verilator":
        pytest.skip("Icarus starts with unknown bits")
    assert 0 not in simulate(top_design(spec), "reset").call(bench_unknown.initial, "link_out_0.fifo0_words")
