"""Short-term plasticity in integers; the state is 0 when recovered.

Recovery is applied lazily: before an event, by as many ticks as lie since the last one. The recurrence floors, so no
power of the factor gives its exact value; but once a tick changes nothing, no further tick does.
"""

from __future__ import annotations

from ...numerics.compiled import borrowing


@borrowing
def recover(state, recovery, ticks):  # type: ignore[no-untyped-def]
    """Return the state after `ticks` recovery ticks."""
    for _ in range(ticks):
        step = state * (recovery + 1) >> 8
        if step == 0:
            break
        state -= step
    return state


@borrowing
def use(state, utilization, state_bits):  # type: ignore[no-untyped-def]
    """Return the state after an event has used its share of what is left."""
    return state + (((1 << state_bits) - 1 - state) * utilization >> 4)


@borrowing
def amplitude(state, depressing, offset, state_bits, amplitude_bits):  # type: ignore[no-untyped-def]
    """Return the amplitude code of an event that is processed in `state`."""
    full = (1 << amplitude_bits) - 1
    level = state >> (state_bits - amplitude_bits)
    if depressing:
        level = full - level
    return min(max(level + offset - 8, 0), full)
