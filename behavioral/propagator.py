"""Exact integration of the leaky integrate-and-fire neuron with an exponential synaptic current.

    τ_m dv/dt = −v + i        τ_s di/dt = −i        i jumps by w at a spike of weight w

v and i are dimensionless: leak 0, threshold 1, and a constant current i drives v to i. Over a step of length h
without events the linear system has the exact solution (Rotter and Diesmann, Biol. Cybern. 81, 1999)

    i(t+h) = e^(−h/τ_s) i(t)
    v(t+h) = e^(−h/τ_m) v(t) + κ i(t),     κ = τ_s/(τ_s − τ_m) · (e^(−h/τ_s) − e^(−h/τ_m))

κ is evaluated as (h/τ_m) e^(−h/τ_m) · φ(d) with φ(d) = (e^d − 1)/d and d = h (1/τ_m − 1/τ_s), which holds for
τ_m = τ_s too, where φ(0) = 1; where e^d is beyond the numbers there are, as e^(−h/τ_s) / (1 − τ_m/τ_s), its limit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Propagator:
    """Factors of one step; scalars or arrays over neurons, dimensionless."""

    decay_mem: Array
    decay_syn: Array
    drive: Array


def propagator(step_s: float, tau_mem_s: ArrayLike, tau_syn_s: ArrayLike) -> Propagator:
    """Return the factors for steps of `step_s` seconds; time constants broadcast against each other."""
    mem, syn = np.asarray(tau_mem_s, np.float64), np.asarray(tau_syn_s, np.float64)
    decay_mem = np.exp(-step_s / mem)
    difference = step_s * (1 / mem - 1 / syn)
    decay_syn, large = np.exp(-step_s / syn), difference > _LARGE
    drive = step_s / mem * decay_mem * _phi(np.where(large, 0.0, difference))
    with np.errstate(over="ignore"):  # of quotients that are not taken
        limit = decay_syn / np.where(large, 1 - mem / syn, 1.0)
    return Propagator(decay_mem, decay_syn, np.where(large, limit, drive))


def largest_psp(tau_mem_s: float, tau_syn_s: float) -> float:
    """Return the largest value of the membrane after one spike of weight 1."""
    ratio = tau_syn_s / tau_mem_s
    if abs(ratio - 1) < 1e-6:
        return math.exp(-1)
    return float(ratio ** (1 / (1 - ratio)))


_LARGE: Final = 700.0  # e^709 is the largest power that a double holds


def _phi(d: Array) -> Array:
    small = np.abs(d) < 1e-9
    safe = np.where(small, 1.0, d)
    return np.where(small, 1 + d / 2, np.expm1(safe) / safe)
