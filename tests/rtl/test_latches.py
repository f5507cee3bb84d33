"""No combinational block of any module infers a latch, neither of a signal nor of a variable."""

from __future__ import annotations

import pytest
from inloop.behavioral.presets import design
from inloop.rtl.verilog import verilog_modules

from tests.rtl.latches import BLOCK, latches


@pytest.mark.parametrize("chip", ["tiny", "bss2", "bss1-tiny", "bss1"])
def test_no_block_infers_a_latch(chip: str) -> None:
    texts = verilog_modules(design(chip)).values()
    blocks = sum(text.count("always @(") - text.count("always @(posedge") for text in texts)
    assert sum(len(BLOCK.findall(text)) for text in texts) == blocks > 10
    assert [name for text in texts for name in latches(text)] == []


LOOP = "    for (n=0; n<4; n=n+1) begin\n        b[n] = 1;\n    end\n"
FOUND = {
    "a loop under a condition": ("    b = 0;\n    if (a) begin\n    " + LOOP.replace("\n    ", "\n        ") + "    end\n", ["n"]),
    "a loop": ("    b = 0;\n" + LOOP, []),
    "only parts of a vector": (LOOP, ["b"]),
    "one branch": ("    if (a) begin\n        b = 1;\n    end\n", ["b"]),
    "both branches": ("    if (a) begin\n        b = 1;\n    end\n    else begin\n        b = 0;\n    end\n", []),
    "no last else": ("    if (a) begin\n        b = 1;\n    end\n    else if (c) begin\n        b = 0;\n    end\n", ["b"]),
    "another if before else": (
        "    if (a) begin\n        b = 1;\n    end\n    if (c) begin\n        d = 1;\n    end\n"
        "    else begin\n        d = 0;\n        b = 0;\n    end\n", ["b"],
    ),
    "a case with default": ("    case (a)\n        0, 1: b = 1;\n        default: b = 0;\n    endcase\n", []),
    "a case without": ("    case (a)\n        'h0: begin\n            b = 1;\n        end\n        1: b = 0;\n    endcase\n", ["b"]),
    "one arm": ("    case (a)\n        0: b = 1;\n        default: c = 0;\n    endcase\n", ["b", "c"]),
}  # fmt: skip


@pytest.mark.parametrize("case", FOUND)
def test_latches_are_found(case: str) -> None:
    body, names = FOUND[case]
    assert latches(f"always @(a) begin: show\n    integer n;\n{body}end\n") == [f"show.{name}" for name in names]


def test_clocked_blocks_keep_what_they_like() -> None:
    assert latches("always @(posedge clock) begin: store\n    if (a) begin\n        b <= 1;\n    end\nend\n") == []
