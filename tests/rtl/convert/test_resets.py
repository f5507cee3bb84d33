"""Every register has a reset but the words of FIFOs, in all sizes; `tests/cocotb/test_unknown.py` asks a simulator."""

from __future__ import annotations

import re

import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.chips import design
from inloop.rtl.convert.verilog import verilog_modules

from tests.rtl.convert.resets import without_reset

MEMORIES = {"link_in": ["fifo0_words"], "link_out": ["fifo0_words"]}
"""Read only where they were written, and not shown before: the head of an empty FIFO is 0."""


@pytest.mark.parametrize("chip", ["tiny", "bss2", "bss1-tiny", "bss1"])
def test_only_memories_have_no_reset(chip: str) -> None:
    found = {name: without_reset(text) for name, text in verilog_modules(design(chip)).items()}
    for name, registers in found.items():
        block = re.sub(r"^inloop_(bss\d|tiny)(_tiny)?_?", "", name)
        assert registers == MEMORIES.get(block, []), name
    assert any(found.values())


FAULTS = {
    "neuron_backend": ("loaded <= 0;", "loaded"),
    "crossbar": ("crossbar_output3_held[node] <= 0;", "crossbar_output3_held"),
    "synapse_drivers": ("states[d] <= 0;", "states"),
    "register_file": ("own_data <= 0;", "own_data"),
    "background": ("state <= source;", "state"),
    "axi_lite": ("rdata <= 0;", "rdata"),
}


@pytest.mark.parametrize("block", FAULTS)
def test_lacking_resets_are_found(block: str) -> None:
    text, register = FAULTS[block]
    verilog = verilog_modules(chip_spec("tiny"))[f"inloop_tiny_{block}"]
    assert text in verilog
    assert without_reset(verilog.replace(text, "")) == [register]
