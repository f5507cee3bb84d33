"""No combinational block of any module infers a latch, neither of a signal nor of a variable."""

from __future__ import annotations

import pytest
from inloop.chips import design
from inloop.rtl.convert.verilog import verilog_modules

from tests.rtl.convert.latches import BLOCK, latches


@pytest.mark.parametrize("chip", ["tiny", "bss2", "bss1-tiny", "bss1"])
def test_no_block_infers_a_latch(chip: str) -> None:
    texts = verilog_modules(design(chip)).values()
    blocks = sum(text.count("always @(") - text.count("always @(posedge") for text in texts)
    assert sum(len(BLOCK.findall(text)) for text in texts) == blocks > 10
    assert [name for text in texts for name in latches(text)] == []


LOOP = "for (n=0; n<4; n=n+1) begin|b[n] = 1;|end|"
FOUND = {
    "a loop under a condition": (f"b = 0;|if (a) begin|{LOOP}end|", ["n"]),
    "a loop": (f"b = 0;|{LOOP}", []),
    "only parts of a vector": (LOOP, ["b"]),
    "one branch": ("if (a) begin|b = 1;|end|", ["b"]),
    "both branches": ("if (a) begin|b = 1;|end|else begin|b = 0;|end|", []),
    "no last else": ("if (a) begin|b = 1;|end|else if (c) begin|b = 0;|end|", ["b"]),
    "an else of another if": ("if (a) begin|b = 1;|end|if (c) begin|d = 1;|end|else begin|d = 0;|b = 0;|end|", ["b"]),
    "a case with default": ("case (a)|0, 1: b = 1;|default: b = 0;|endcase|", []),
    "a case without": ("case (a)|'h0: begin|b = 1;|end|1: b = 0;|endcase|", ["b"]),
    "one arm": ("case (a)|0: b = 1;|default: c = 0;|endcase|", ["b", "c"]),
}


@pytest.mark.parametrize("case", FOUND)
def test_latches_are_found(case: str) -> None:
    body, names = FOUND[case]
    lines = "".join(f"    {line}\n" for line in ["integer n;", *body.removesuffix("|").split("|")])
    assert latches(f"always @(a) begin: show\n{lines}end\n") == [f"show.{name}" for name in names]


def test_clocked_blocks_keep_what_they_like() -> None:
    assert latches("always @(posedge clock) begin: store\n    if (a) begin\n        b <= 1;\n    end\nend\n") == []
