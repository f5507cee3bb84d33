"""Background generators: all events of a generator follow from its settings alone.

The shift register runs through a closed orbit. In random mode an event is a step to a value above the period from one
that is not, so the events of all time are a few places of the orbit, found once, and repeat with it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...digital.records import table
from ...digital.ticks import NEVER
from ...numerics.compiled import embedded
from ..spec import Bss1Spec
from .config import FabricConfig
from .lfsr import orbit
from .wiring import ENCODERS


class BackgroundConstants(NamedTuple):
    """generators: address, random, first and last (its events in `at`), span (cycles after which they repeat, or 0).

    at: int64, cycles of the events of one span, generator by generator.
    """

    generators: Any
    at: Any


def background_constants(spec: Bss1Spec, config: FabricConfig) -> BackgroundConstants:
    """Return the settings in compiled form."""
    section, first, span, at = config.background, [0], [], []
    for g in range(ENCODERS):
        period = int(section.period[g])
        if not section.enable[g]:
            cycles, around = np.empty(0, np.int64), 0
        elif section.random[g]:
            states = orbit(spec, max(int(config.shift_registers.state[g]), 1))
            # the state after the step of cycle c is state c + 1
            cycles = np.flatnonzero((np.roll(states, -1) > period) & (states <= period))
            around = len(states)
        else:
            cycles, around = np.array([period]), period + 1
        at.append(cycles)
        first.append(first[-1] + len(cycles))
        span.append(around if len(cycles) else 0)
    generators = table(address=section.address, random=section.random, first=first[:-1], last=first[1:], span=span)
    return BackgroundConstants(generators, np.concatenate(at))


@embedded
def event_cycle(constants, generator, number):  # type: ignore[no-untyped-def]
    """Return the cycle in which event `number` of a generator comes into being, `NEVER` if it has none."""
    fixed = constants.generators[generator]
    if fixed.span == 0:
        return NEVER
    count = fixed.last - fixed.first
    if fixed.random and constants.at[fixed.first] == 0:
        number += 1  # nothing is compared before cycle 0, so the generator is not armed yet
    return constants.at[fixed.first + number % count] + number // count * fixed.span
