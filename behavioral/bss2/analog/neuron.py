"""The analog core: membranes and synaptic lines of a set of neurons, moved by one step of any length.

A neuron is built from one or more circuits that share a membrane; each circuit has an excitatory and an inhibitory
synaptic line. Line l of neuron n carries the current i_l, all currents drive the membrane u, which is measured in
CADC LSB from where the neuron rests without input (`layer.py`):

    τ_m du/dt = −u + Σ_l g_l min(i_l, i_sat)        τ_l di_l/dt = −i_l        i_l jumps by w ≥ 0 at a spike

g_l carries the sign of the line, the gain of its circuit, the leak conductance and the conversion to LSB. One step is
exact for the linear system (`propagator.py`); then noise is added, u is cut at the rails of the circuit, and clamped
neurons are put to reset. Lines saturate when charge arrives.

    i_l ← min(i_l, i_sat);   u ← b u + Σ_l κ_l i_l;   i_l ← a_l i_l;   u ← u + ξ;   u ← min(max(u, floor), ceiling)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ...numerics.compiled import embedded
from ...numerics.simd import above, load, select, splat, store
from ...numerics.vectors import LANES


class NeuronConstants(NamedTuple):
    """Factors of one step for N neurons with L synaptic lines each; rows beyond the real neurons are inert.

    decay_mem, floor, ceiling, reset, start, threshold, noise: (N), start being the membrane at the beginning of a
    sample; decay_line, drive: (L, N); saturation: scalar.
    """

    decay_mem: Any
    decay_line: Any
    drive: Any
    floor: Any
    ceiling: Any
    reset: Any
    start: Any
    threshold: Any
    noise: Any
    saturation: Any


@embedded
def saturate(lines, constants):  # type: ignore[no-untyped-def]
    """Cut the lines (L, N) where charge that arrived went too far; between arrivals they only decay."""
    saturation = splat(constants.saturation, LANES)
    for at in range(0, lines.size, LANES):
        current = load(lines, at, LANES)
        store(lines, at, select(above(current, saturation), saturation, current))


@embedded
def integrate(u, lines, constants, after):  # type: ignore[no-untyped-def]
    """Move membranes u (N) and lines (L, N) over one step, exactly; the membranes go to `after`, which may be u."""
    lanes = u.shape[0]
    for n in range(0, lanes, LANES):
        v = load(constants.decay_mem, n, LANES) * load(u, n, LANES)
        for line in range(lines.shape[0]):
            at = line * lanes + n
            current = load(lines, at, LANES)
            v = v + load(constants.drive, at, LANES) * current
            store(lines, at, load(constants.decay_line, at, LANES) * current)
        store(after, n, v)


@embedded
def limited(v, n, constants):  # type: ignore[no-untyped-def]
    """Return the membranes v of the neurons from n on, cut at the rails."""
    floor, ceiling = load(constants.floor, n, LANES), load(constants.ceiling, n, LANES)
    v = select(above(floor, v), floor, v)
    return select(above(v, ceiling), ceiling, v)


@embedded
def compare(u, threshold, clamped, refractory, constants, measured, fired):  # type: ignore[no-untyped-def]
    """One fabric cycle: cut u (N) at the rails, put clamped neurons to reset, find and reset those above threshold.

    clamped, refractory: bits of the neurons, `LANES` per word (uint64); a refractory neuron does not fire. Out:
    measured (N), the membranes before the reset of the neurons that fire; fired, their bits.
    """
    for w in range(fired.shape[0]):
        n = w * LANES
        v = limited(load(u, n, LANES), n, constants)
        reset = load(constants.reset, n, LANES)
        v = select(clamped[w], reset, v)
        store(measured, n, v)
        fired[w] = above(v, load(threshold, n, LANES)) & ~refractory[w]
        store(u, n, select(fired[w], reset, v))
