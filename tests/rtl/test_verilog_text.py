"""The generated text depends on the design alone."""

from __future__ import annotations

from inloop.behavioral.spec import chip_spec
from inloop.rtl.verilog import verilog_modules


def test_conversion_repeats() -> None:
    first = verilog_modules(chip_spec("tiny"))
    assert verilog_modules.__wrapped__(chip_spec("tiny")) == first  # past the cache
    assert "MYHDL" not in "".join(first.values())
