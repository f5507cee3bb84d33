"""Which designs of a HICANN the hardware can be built for, and the words of its link."""

from __future__ import annotations

from ...behavioral.bss1.spec import HicannSpec
from ..lib.buildable import check_name, demand, demand_power_of_two

LINK_WORD_BITS = 32


def check_buildable(spec: HicannSpec) -> HicannSpec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    check_name(spec)
    for name in ("columns", "link_out_depth", "lines"):
        demand_power_of_two(spec, name)
    demand(spec, "columns", spec.columns >= 2 * spec.blocks, f"must be 2 at least for each of the {spec.blocks} blocks")
    demand(spec, "line_cycles", spec.line_cycles >= 2, "must be 2 at least: a line is a chain of registers")
    return spec
