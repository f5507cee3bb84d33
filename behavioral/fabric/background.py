"""Background generators: the cycle of the next event of each.

The period counter loses `ticks_per_cycle` per cycle and gains a period at each tick, so tick number k lies in the first
cycle c with (c + 1) · ticks_per_cycle ≥ k · period.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from .config import FabricConfig
from .lfsr import leap, leap_table
from .ticks import NEVER

LOOK_AHEAD: Final = 1024
"""Draws without an event before a generator returns with none."""
NO_EVENT: Final = -1


class BackgroundConstants(NamedTuple):
    """Settings of G generators; period in counts, at least one cycle long; label and mask as configured."""

    ticks_per_cycle: int
    leap: Any
    enable: Any
    random: Any
    period: Any
    seed: Any
    mask: Any
    rate: Any
    label: Any


class BackgroundState(NamedTuple):
    """Ticks so far, state of the LFSR, and label of the event that is due (`NO_EVENT`: none); (G) each."""

    ticks: Any
    lfsr: Any
    label: Any


def background_constants(spec: ChipSpec, config: FabricConfig) -> BackgroundConstants:
    """Return the settings in compiled form."""
    section, counts = config.background, spec.background_ticks_per_cycle
    return BackgroundConstants(
        counts, leap_table(spec.background_lfsr_mask, spec.background_lfsr_steps), section.enable, section.random,
        np.maximum(section.period, counts), np.maximum(section.seed, 1), section.mask, section.rate, section.label,
    )  # fmt: skip


def background_state(spec: ChipSpec) -> BackgroundState:
    """Return room for the state; `start` fills it."""
    return BackgroundState(*(np.zeros(spec.background_sources, np.int64) for _ in BackgroundState._fields))


@kernel
def start(constants, state):  # type: ignore[no-untyped-def]
    """Put all generators to cycle 0."""
    state.ticks[:] = 0
    state.lfsr[:] = constants.seed


@kernel
def next_event(constants, state, g):  # type: ignore[no-untyped-def]
    """Return the cycle of the next tick with an event, whose label goes to `state.label`; or of a tick without."""
    if not constants.enable[g] or (constants.random[g] and constants.rate[g] == 0):
        return NEVER
    state.label[g] = NO_EVENT
    for _ in range(LOOK_AHEAD):
        state.ticks[g] += 1
        if not constants.random[g]:
            state.label[g] = constants.label[g]
            break
        drawn = leap(state.lfsr[g], constants.leap)
        state.lfsr[g] = drawn
        if drawn & 255 <= constants.rate[g]:
            mask = constants.mask[g]
            state.label[g] = (constants.label[g] & ~mask) | (drawn >> 8 & mask)
            break
    return (state.ticks[g] * constants.period[g] - 1) // constants.ticks_per_cycle
