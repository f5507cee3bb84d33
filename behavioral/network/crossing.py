"""Threshold crossings on a time grid, placed within their step, and the rest that follows a spike.

A neuron is looked at once per step, at its end. If its membrane went from u to v > ϑ in the time w of the step (1, or
what a rest left of it), the crossing is placed by linear interpolation, as on the wafer (`bss1/analog/neuron.py`), and
found by the first of the c fabric cycles of the step that ends behind it. At the end of its step the spike has the age

    a = w (v − ϑ) / (v − u),   0 < a ≤ w        age = (⌈a c⌉ − 1) / c,   in steps

The neuron then rests at reset r for R steps, counted from there, so that rates are not
rounded to the grid. After whole steps asleep comes the step in which it wakes, and moves for the share w of it:

    v ← r + w (v′ − r)             v′: where the whole step leads from r

w > 1 after a rest that ended within the step of its spike. Spikes act on others at the beginning of the next step. On a
grid that does not place crossings c is 1 and R a whole number: all ages are 0 and no step is shared.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from ..numerics.compiled import embedded, kernel
from ..numerics.simd import above, load, lowest_bit, pick, select
from ..numerics.types import Bits, Real, Reals
from ..numerics.vectors import LANES

ROUNDING: Final = 1e-3
"""Cycles that are forgiven: where a rest ends at a cycle and the membrane is above threshold, a c is a whole number."""


class Rest(NamedTuple):
    """How a grid treats spikes: steps of rest R, a number or one per neuron, and cycles c that a crossing is placed to;
    in
    the dtype of the run.
    """

    steps: Real | Reals
    cycles: Real


class Rests(NamedTuple):
    """The rests of the neurons of a layer in a sample, followed step by step.

    asleep: bits (lanes / LANES) of the neurons that rest for the whole step. waking: bits (steps, lanes / LANES) of
    those for which a rest ends in a step. share: (lanes), the awake share w of the step in which each wakes.
    """

    asleep: Bits
    waking: Bits
    share: Reals


@embedded
def note_rest(rests, rest, t, n, age):  # type: ignore[no-untyped-def]
    """Note the rest of neuron n after a spike found in step t."""
    word, bit = n // LANES, np.uint64(1) << np.uint64(n % LANES)
    left = pick(rest.steps, n) - age
    whole = min(int(max(left, 0)), rests.waking.shape[0])
    if whole:
        rests.asleep[word] |= bit
    if left != 0 and t + 1 + whole < rests.waking.shape[0]:
        rests.waking[t + 1 + whole, word] |= bit
        rests.share[n] = 1 - (left - whole)


@embedded
def held(found, w, t, reset, rests):  # type: ignore[no-untyped-def]
    """Return the membranes of word w at the end of step t: `found`, where the whole step leads, cut by rests."""
    waking = rests.waking[t, w]
    if waking:
        rests.asleep[w] &= ~waking
        found = select(waking, reset + load(rests.share, w * LANES, LANES) * (found - reset), found)
    return select(rests.asleep[w], reset, found)


@embedded
def crossing(found, w, threshold, rests):  # type: ignore[no-untyped-def]
    """Return the bits of the neurons of word w that are above threshold at the end of a step, and not asleep."""
    return above(found, threshold) & ~rests.asleep[w]


@embedded
def append_spikes(fired, t, before, found, reset, threshold, rest, rests, unit, age, count):  # type: ignore[no-untyped-def]
    """Append the neurons whose bits are set in `fired` and their ages to unit[count:], age[count:]; note their rests.

    before, found: (lanes), where each of these neurons was at the beginning and at the end of step t. reset, threshold:
    (lanes). Returns the new count.
    """
    one, placed = found.dtype.type(1), rest.cycles > 1
    for w in range(fired.shape[0]):
        bits = fired[w]
        while bits:
            n, late = w * LANES + lowest_bit(bits), one - one
            if placed:
                wakes = rests.waking[t, w] & (bits & (~bits + np.uint64(1)))
                share = rests.share[n] if wakes else one
                rise = found[n] - (reset[n] if wakes else before[n])
                crossed = min(share * (found[n] - threshold[n]) / rise, share) if rise > 0 else share
                whole = np.ceil(crossed * rest.cycles - found.dtype.type(ROUNDING)) - one
                late = max(whole, one - one) / rest.cycles
            unit[count], age[count] = n, late
            note_rest(rests, rest, t, n, late)
            count += 1
            bits &= bits - np.uint64(1)
    return count


class Course(NamedTuple):
    """Spikes and rests of all steps.

    fired, asleep, waking: bits (steps, lanes / LANES). share: (steps, lanes), filled where waking.
    """

    fired: Bits
    asleep: Bits
    waking: Bits
    share: Reals


@kernel
def follow(first, unit, age, rest, course):  # type: ignore[no-untyped-def]
    """Fill `course` from the recorded spikes of one layer and sample."""
    course.fired[:] = 0
    course.waking[:] = 0
    asleep = np.zeros(course.fired.shape[1], np.uint64)
    rests = Rests(asleep, course.waking, np.zeros(course.share.shape[1], course.share.dtype))
    for t in range(course.fired.shape[0]):
        for w in range(asleep.size):
            bits = course.waking[t, w]
            asleep[w] &= ~bits
            course.asleep[t, w] = asleep[w]
            while bits:
                n = w * LANES + lowest_bit(bits)
                course.share[t, n] = rests.share[n]
                bits &= bits - np.uint64(1)
        for e in range(first[t], first[t + 1]):
            course.fired[t, unit[e] // LANES] |= np.uint64(1) << np.uint64(unit[e] % LANES)
            note_rest(rests, rest, t, unit[e], age[e])


@embedded
def recorded(found, w, t, reset, course):  # type: ignore[no-untyped-def]
    """Do as `held`, with rests that are known."""
    waking = course.waking[t, w]
    if waking:
        share = load(course.share, t * course.share.shape[1] + w * LANES, LANES)
        found = select(waking, reset + share * (found - reset), found)
    return select(course.asleep[t, w], reset, found)
