"""The neuron of HICANN: leaky integrate-and-fire with conductance-based exponential synapses.

    du/dt = −(1/τ_m + g_e + g_i) u + g_e D_e + g_i D_i        τ_s dg/dt = −g        g jumps by w ≥ 0 at a spike

u is the membrane from the neuron's own leak, D_e and D_i are the reversal potentials from there, in V; g are
conductances over capacitance, in 1/s. At the threshold the neuron spikes and rests at reset for τ_ref.

One step of length h uses the Magnus expansion of fourth order (Blanes, Casas, Oteo, Ros, Physics Reports 470, 2009).
With A = −(1/τ_m + g_e + g_i) and b = g_e D_e + g_i D_i at the two Gauss points (1/2 ∓ √3/6) h of the step,

    α = h/2 (A₁ + A₂)        β = h/2 (b₁ + b₂) − √3/12 h² (A₁ b₂ − A₂ b₁)
    u ← e^α u + β (e^α − 1)/α

which is exact for constant conductances and stable for any. A crossing of the threshold is placed within its step
by linear interpolation, and so is the end of the rest: spikes act on the grid, but rates are not rounded to it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...numerics.compiled import embedded, kernel
from ...numerics.simd import above, load, select, splat, store
from ...numerics.vectors import NARROW, padded

DTYPE: Final = np.float32
LIMIT_HZ: Final = 3.5e7
"""Largest conductance over capacitance of either kind, in 1/s; beyond it the input saturates."""

_EARLY, _LATE = 0.5 - np.sqrt(3) / 6, 0.5 + np.sqrt(3) / 6
_COMMUTATOR: Final = DTYPE(np.sqrt(3) / 12)


class Membranes(NamedTuple):
    """Constants of one step for N neurons, (N); conductances are counted per step, times in steps.

    leak: h/τ_m. decay_*: of a conductance over the step; early_*, late_*: to the Gauss points. pull_*: D_e, D_i.
    reset, threshold: from the leak, in V. rest: τ_ref in steps. limit: largest conductance, one for all.
    """

    leak: Any
    decay_exc: Any
    early_exc: Any
    late_exc: Any
    decay_inh: Any
    early_inh: Any
    late_inh: Any
    pull_exc: Any
    pull_inh: Any
    reset: Any
    threshold: Any
    rest: Any
    limit: Any


def membranes(
    step_s: float, tau_mem_s: ArrayLike, tau_syn_exc_s: ArrayLike, tau_syn_inh_s: ArrayLike, leak_v: ArrayLike,
    reset_v: ArrayLike, threshold_v: ArrayLike, reversal_exc_v: ArrayLike, reversal_inh_v: ArrayLike,
    refractory_s: ArrayLike,
) -> Membranes:  # fmt: skip
    """Return the constants of N neurons; arguments are (N). Neurons that fill the last vector never fire."""
    exc, inh, leak = np.asarray(tau_syn_exc_s), np.asarray(tau_syn_inh_s), np.asarray(leak_v)

    def row(values: ArrayLike, fill: float = 0.0) -> NDArray[np.float32]:
        given = np.asarray(values, DTYPE)
        out = np.full(padded(len(given), NARROW), fill, DTYPE)
        out[: len(given)] = given
        return out

    return Membranes(
        leak=row(step_s / np.asarray(tau_mem_s)),
        decay_exc=row(np.exp(-step_s / exc)), early_exc=row(np.exp(-_EARLY * step_s / exc)),
        late_exc=row(np.exp(-_LATE * step_s / exc)),
        decay_inh=row(np.exp(-step_s / inh)), early_inh=row(np.exp(-_EARLY * step_s / inh)),
        late_inh=row(np.exp(-_LATE * step_s / inh)),
        pull_exc=row(np.asarray(reversal_exc_v) - leak), pull_inh=row(np.asarray(reversal_inh_v) - leak),
        reset=row(np.asarray(reset_v) - leak), threshold=row(np.asarray(threshold_v) - leak, np.inf),
        rest=row(np.asarray(refractory_s) / step_s), limit=DTYPE(LIMIT_HZ * step_s),
    )  # fmt: skip


@embedded
def _gain(x, one):  # type: ignore[no-untyped-def]
    """Return (1 − e^−x)/x for 0 ≤ x ≤ 8: the series at x/8, doubled three times by ψ(2z) = ψ(z)(1 − zψ(z)/2)."""
    z = DTYPE(1 / 8) * x
    y = one - DTYPE(1 / 9) * z
    y = one - DTYPE(1 / 8) * (z * y)
    y = one - DTYPE(1 / 7) * (z * y)
    y = one - DTYPE(1 / 6) * (z * y)
    y = one - DTYPE(1 / 5) * (z * y)
    y = one - DTYPE(1 / 4) * (z * y)
    y = one - DTYPE(1 / 3) * (z * y)
    y = one - DTYPE(1 / 2) * (z * y)
    for _ in range(3):
        y = y * (one - DTYPE(1 / 2) * (z * y))
        z = z + z
    return y


@embedded
def _least(a, b):  # type: ignore[no-untyped-def]
    return select(above(a, b), b, a)


@embedded
def advance(state, neurons, fired):  # type: ignore[no-untyped-def]
    """Move N neurons by one step.

    state: (4, N), membranes, both conductances, steps of rest left (below 0: over before the last step was). fired:
    uint64 (N / NARROW), bits of those that spike.
    """
    zero, one, limit = splat(DTYPE(0), NARROW), splat(DTYPE(1), NARROW), splat(neurons.limit, NARROW)
    lanes, tiny = state.shape[1], splat(DTYPE(1e-12), NARROW)
    for w in range(fired.shape[0]):
        n = w * NARROW
        u, wait = load(state, n, NARROW), load(state, 3 * lanes + n, NARROW)
        exc, inh = _least(load(state, lanes + n, NARROW), limit), _least(load(state, 2 * lanes + n, NARROW), limit)
        exc1, exc2 = exc * load(neurons.early_exc, n, NARROW), exc * load(neurons.late_exc, n, NARROW)
        inh1, inh2 = inh * load(neurons.early_inh, n, NARROW), inh * load(neurons.late_inh, n, NARROW)
        leak = load(neurons.leak, n, NARROW)
        a1, a2 = leak + exc1 + inh1, leak + exc2 + inh2  # −A
        pull_exc, pull_inh = load(neurons.pull_exc, n, NARROW), load(neurons.pull_inh, n, NARROW)
        b1, b2 = exc1 * pull_exc + inh1 * pull_inh, exc2 * pull_exc + inh2 * pull_inh
        x = DTYPE(1 / 2) * (a1 + a2)
        beta = DTYPE(1 / 2) * (b1 + b2) + _COMMUTATOR * (a1 * b2 - a2 * b1)
        reset, threshold = load(neurons.reset, n, NARROW), load(neurons.threshold, n, NARROW)
        awake = one - _least(wait, one)  # in steps; more than 1 after a rest that ended within the step of its spike
        after = u + awake * (_gain(x, one) * (beta - x * u))
        crosses = ~above(threshold, after) & above(awake, zero)
        over = awake * (after - threshold) / select(above(after - u, tiny), after - u, tiny)
        rest = load(neurons.rest, n, NARROW) - _least(over, awake)
        left = select(above(wait, one), wait - one, zero)
        store(state, 3 * lanes + n, select(crosses, rest, left))
        store(state, n, select(crosses, reset, after))
        store(state, lanes + n, exc * load(neurons.decay_exc, n, NARROW))
        store(state, 2 * lanes + n, inh * load(neurons.decay_inh, n, NARROW))
        fired[w] = crosses & np.uint64((1 << NARROW) - 1)


@kernel
def trace(neurons, arrivals, record, spikes):  # type: ignore[no-untyped-def]
    """Follow one membrane without a network, for tests and plots.

    arrivals: (steps, 2), jumps of both conductances per step. record: (steps), u at the end of each. spikes: (steps).
    """
    lanes = neurons.leak.shape[0]
    state = np.zeros((4, lanes), DTYPE)
    fired = np.zeros(lanes // NARROW, np.uint64)
    for t in range(arrivals.shape[0]):
        state[1, 0] += arrivals[t, 0]
        state[2, 0] += arrivals[t, 1]
        advance(state, neurons, fired)
        record[t], spikes[t] = state[0, 0], fired[0] & np.uint64(1)
