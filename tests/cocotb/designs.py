"""Designs under test: blocks of `rtl/` converted to Verilog with ports of plain widths."""

from __future__ import annotations

import tempfile
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from inloop.behavioral.fabric.counters import LATE_BITS
from inloop.behavioral.spec import ChipSpec
from inloop.rtl.fifo import fifo
from inloop.rtl.link_in import link_in
from inloop.rtl.link_out import link_out
from inloop.rtl.verilog import module_name, verilog_modules
from myhdl import Signal, intbv

from tests.cocotb.runner import Design


def convert(instance: Any, name: str) -> Design:
    """Return an instance of a MyHDL block as Verilog."""
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ports that are not read; the lint of the Verilog decides
        instance.convert(hdl="Verilog", path=folder, name=name, no_testbench=True, timescale="1ns/1ps")
        text = (Path(folder) / f"{name}.v").read_text()
    return Design(name, text[text.index("`timescale") :])  # without the folder and the date


@lru_cache
def top_design(spec: ChipSpec, coverage: bool = False) -> Design:
    """Return the whole digital spike path."""
    return Design(module_name(spec), "\n".join(verilog_modules(spec).values()), coverage)


def bit() -> Any:
    return Signal(False)


def vector(bits: int) -> Any:
    return Signal(intbv(0)[bits:])


@lru_cache
def fifo_design(depth: int, bits: int) -> Design:
    count = Signal(intbv(0, 0, depth + 1))
    return convert(fifo(bit(), bit(), bit(), vector(bits), bit(), vector(bits), bit(), count, depth), "fifo")


@lru_cache
def link_in_design(spec: ChipSpec) -> Design:
    late, label = vector(LATE_BITS), vector(spec.label_bits)
    now = vector(spec.time_bits)
    ports = (bit(), bit(), bit(), now, vector(64), bit(), bit(), bit(), label, late)
    return convert(link_in(*ports, spec), "link_in")


@lru_cache
def link_out_design(spec: ChipSpec) -> Design:
    channel, label, now = vector(2), vector(spec.label_bits), vector(spec.time_bits)
    return convert(
        link_out(bit(), bit(), now, channel, bit(), label, bit(), vector(64), bit(), bit(), spec), "link_out"
    )
