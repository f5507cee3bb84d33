"""Designs under test: the whole chip design, and its blocks as they stand in it."""

from __future__ import annotations

from functools import lru_cache

from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.convert.verilog import module_name, verilog_modules

from tests.cocotb.runner import Design

modules = lru_cache(verilog_modules)


@lru_cache
def top_design(spec: ChipSpec | Bss1Spec, coverage: bool = False) -> Design:
    """Return the whole digital spike path."""
    return Design(module_name(spec), "\n".join(modules(spec).values()), coverage)


@lru_cache
def block_design(spec: ChipSpec | Bss1Spec, block: str) -> Design:
    """Return a block as it stands in the top."""
    name = module_name(spec, block)
    return Design(name, modules(spec)[name])
