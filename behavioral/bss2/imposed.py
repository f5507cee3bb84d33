"""Deviations imposed on a die by hand, on top of its own: how much mismatch does training bear?

Each neuron gets individual targets, normal about the nominal one with relative standard deviation σ, as in Cramer,
Billaudelle et al., PNAS 119(4), 2022, figure 4:

    τ_mem ← τ_mem (1 + σ ξ₁)     τ_syn ← τ_syn (1 + σ ξ₂)     ϑ − leak ← ϑ − leak + σ ξ₃ · nominal distance

The time constant is imposed by the leak conductance, as on the chip. A neuron has one target: all circuits of its
column, excitatory and inhibitory, get the same. Factors are cut off below 0.1. A threshold may end below the leak, or
beyond the rails: such a neuron fires all the time, or never.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from ...checks import checked
from ...errors import ConfigError
from ..numerics.streams import generator
from .die import Die
from .spec import ChipSpec


@checked
@dataclass(frozen=True)
class Imposed:
    """Relative standard deviations σ."""

    tau_mem: float = 0.0
    tau_syn: float = 0.0
    threshold: float = 0.0

    def __post_init__(self) -> None:
        """Refuse spreads that cannot be."""
        for name, value in asdict(self).items():
            if not 0 <= value < 1e3:
                raise ConfigError(f"Imposed.{name} = {value!r} must be non-negative and finite")


@checked
def impose(die: Die, spec: ChipSpec, imposed: Imposed) -> Die:
    """Return the die with the deviations added; the seed of the die draws them, the same ones for every σ."""
    tau_mem, tau_syn, threshold = generator(die.seed, "imposed-spread").standard_normal((3, spec.columns))
    mem, syn = np.maximum(1 + imposed.tau_mem * tau_mem, 0.1), np.maximum(1 + imposed.tau_syn * tau_syn, 0.1)
    return die.with_deviations(
        tau_mem=die.tau_mem * mem,
        tau_syn_exc=die.tau_syn_exc * syn,
        tau_syn_inh=die.tau_syn_inh * syn,
        threshold_lsb=die.threshold_lsb + imposed.threshold * spec.swing_lsb * threshold,
    )
