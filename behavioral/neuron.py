"""The analog core: membranes and synaptic lines of a set of neurons, moved by one step of any length.

A neuron is built from one or more circuits that share a membrane; each circuit has an excitatory and an inhibitory
synaptic line. Line l of neuron n carries the current i_l, all currents drive the membrane u, which is measured in
CADC LSB from the neuron's own leak potential:

    τ_m du/dt = −u + Σ_l g_l min(i_l, i_sat)        τ_l di_l/dt = −i_l        i_l jumps by w ≥ 0 at a spike

g_l carries the sign of the line, the gain of its circuit and the conversion to LSB. One step is exact for the
linear system (`propagator.py`); then noise is added, u is cut at the rails of the circuit, and clamped neurons are
put to reset. Lines saturate when charge arrives.

    i_l ← min(i_l, i_sat);   u ← b u + Σ_l κ_l i_l;   i_l ← a_l i_l;   u ← u + ξ;   u ← min(max(u, floor), ceiling)
"""

from __future__ import annotations

from typing import Any, NamedTuple

from .compiled import kernel


class NeuronConstants(NamedTuple):
    """Factors of one step for N neurons with L synaptic lines each; rows beyond the real neurons are inert.

    decay_mem, floor, ceiling, reset, threshold, noise: (N); decay_line, drive: (L, N); saturation: scalar.
    """

    decay_mem: Any
    decay_line: Any
    drive: Any
    floor: Any
    ceiling: Any
    reset: Any
    threshold: Any
    noise: Any
    saturation: Any


@kernel
def integrate(u, lines, constants):  # type: ignore[no-untyped-def]
    """Saturate the lines (L, N), then move membranes u (N) and lines over one step, exactly."""
    decay_mem, saturation = constants.decay_mem, constants.saturation
    for n in range(u.shape[0]):
        u[n] *= decay_mem[n]
    for line in range(lines.shape[0]):
        current, drive, decay = lines[line], constants.drive[line], constants.decay_line[line]
        for n in range(u.shape[0]):
            i = min(current[n], saturation)
            u[n] += drive[n] * i
            current[n] = decay[n] * i


@kernel
def limit(u, constants):  # type: ignore[no-untyped-def]
    """Cut the membranes at the rails."""
    floor, ceiling = constants.floor, constants.ceiling
    for n in range(u.shape[0]):
        u[n] = min(max(u[n], floor[n]), ceiling[n])
