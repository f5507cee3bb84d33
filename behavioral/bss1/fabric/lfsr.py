"""The shift register of a background generator: its step, the orbit it runs through, and the state of a seed."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ...digital.orbit import place
from ..spec import Bss1Spec


@lru_cache(maxsize=32)
def orbit(spec: Bss1Spec, start: int) -> NDArray[np.int64]:
    """Return the states of the shift register that begins with `start`, until it is back there."""
    full, states, state = (1 << spec.period_bits) - 1, [], start
    while True:
        states.append(state)
        state = (state << 1 | (state & spec.lfsr_taps).bit_count() & 1) & full
        if state == start:
            return np.array(states, np.int64)


def seeded_state(spec: Bss1Spec, seed: int) -> int:
    """Return the state that a seed, any whole number, stands for, counted in cycles (`behavioral/digital/orbit.py`)."""
    states = orbit(spec, 1)
    return int(states[place(seed, len(states))])
