"""The generated text depends on the design alone."""

from __future__ import annotations

import re

from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.convert.verilog import verilog_modules


def test_conversion_repeats() -> None:
    first = verilog_modules(chip_spec("tiny"))
    assert verilog_modules.__wrapped__(chip_spec("tiny")) == first  # past the cache
    assert "MYHDL" not in "".join(first.values())


def test_sensitivity_lists_are_in_order() -> None:
    """The converter lists signals in the order of a set, which differs between processes."""
    text = "".join(verilog_modules(chip_spec("tiny")).values())
    lists = [found.split(", ") for found in re.findall(r"always @\(([^()]*)\) begin", text)]
    plain = [[name for name in names if "[" not in name] for names in lists]
    assert max(map(len, plain)) > 3
    assert all(names == sorted(names, key=lambda name: re.split(r"(\d+)", name)) for names in plain)
