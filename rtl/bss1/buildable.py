"""Which designs of a HICANN the hardware can be built for, and the words of its link."""

from __future__ import annotations

from ...behavioral.bss1.spec import Bss1Spec
from ..lib.buildable import MOST, check_name, demand, demand_power_of_two, demand_range

LINK_WORD_BITS = 32


def check_buildable(spec: Bss1Spec) -> Bss1Spec:
    """Return the design. Raises `ConfigError` with the remedy if the hardware cannot be built for it."""
    check_name(spec)
    for name in ("columns", "link_out_depth", "lines"):
        demand_power_of_two(spec, name)
    demand(spec, "columns", spec.columns >= 2 * spec.blocks, f"must be 2 at least for each of the {spec.blocks} blocks")
    demand_range(spec, "drivers", 1, MOST)
    demand_range(spec, "line_cycles", 2, 256, ": a line is a chain of registers")
    demand_range(spec, "hop_cycles", 1, MOST)
    demand_range(spec, "link_event_cycles", 1, MOST)
    return spec
