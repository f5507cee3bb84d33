"""Background generators: the cycle of the next event of each.

The period counter loses `ticks_per_cycle` per cycle and gains a period at each tick, so tick number k lies in the first
cycle c with (c + 1) · ticks_per_cycle ≥ k · period.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ...digital.records import empty_table, table
from ...digital.ticks import NEVER
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .config import FabricConfig
from .lfsr import leap, leap_table

LOOK_AHEAD: Final = 1024
"""Draws without an event before a generator returns with none."""
NO_EVENT: Final = -1


class BackgroundConstants(NamedTuple):
    """generators: enable, random, period (counts, at least one cycle), start, mask, rate, label. leap: of the LFSR."""

    ticks_per_cycle: int
    leap: Any
    generators: Any


def background_constants(spec: ChipSpec, config: FabricConfig) -> BackgroundConstants:
    """Return the settings in compiled form."""
    section, counts = config.background, spec.background_ticks_per_cycle
    generators = table(
        enable=section.enable, random=section.random, period=np.maximum(section.period, counts),
        start=np.maximum(section.state, 1), mask=section.mask, rate=section.rate, label=section.label,
    )  # fmt: skip
    return BackgroundConstants(counts, leap_table(spec.background_lfsr_mask, spec.background_lfsr_steps), generators)


def background_state(spec: ChipSpec) -> Any:
    """Return a table: ticks so far, state of the LFSR, label of the event that is due (`NO_EVENT`: none)."""
    return empty_table(spec.background_sources, "ticks", "lfsr", "label")


@borrowing
def start(constants, generator, state):  # type: ignore[no-untyped-def]
    """Put a generator to cycle 0; return the cycle of its first event."""
    state.ticks, state.lfsr = 0, constants.generators[generator].start
    return next_event(constants, generator, state)


@borrowing
def next_event(constants, generator, state):  # type: ignore[no-untyped-def]
    """Return the cycle of the next tick with an event, whose label goes to `state.label`; or of a tick without."""
    fixed = constants.generators[generator]
    if not fixed.enable:
        return NEVER
    ticks, lfsr, label = state.ticks, state.lfsr, NO_EVENT
    for _ in range(LOOK_AHEAD):
        ticks += 1
        if not fixed.random:
            label = fixed.label
            break
        lfsr = leap(lfsr, constants.leap)
        if lfsr & 255 <= fixed.rate:
            label = (fixed.label & ~fixed.mask) | (lfsr >> 8 & fixed.mask)
            break
    state.ticks, state.lfsr, state.label = ticks, lfsr, label
    return (ticks * fixed.period - 1) // constants.ticks_per_cycle
