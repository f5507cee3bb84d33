"""Temporal noise from a counter-based generator keyed by seed, kind, trial, neuron and time.

A draw is a pure function of its key and counter, so noise depends neither on level nor thread nor on the order
of samples. The bits come from two rounds of a 32-bit integer hash (xor-shift and multiply); the upper twelve pick
one of 4096 equally likely quantiles of the normal distribution, scaled to unit variance (range ±3.7).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import NormalDist
from typing import Any, Final

import numpy as np

from ..errors import ConfigError
from .compiled import borrowing

MEMBRANE: Final = 0
CADC: Final = 1
TRIAL: Final = 2

_quantiles = np.array([NormalDist().inv_cdf((k + 0.5) / 4096) for k in range(4096)])
NORMAL_TABLE: Final = (_quantiles / _quantiles.std()).astype(np.float32)


@dataclass(frozen=True)
class TemporalNoise:
    """Standard deviations in CADC LSB; sources in docs/modelling-choices.md.

    membrane_lsb: stationary noise of the membrane, with its own time constant (Ornstein-Uhlenbeck).
    cadc_lsb: noise of one CADC sample.
    trial_lsb: threshold of a neuron from one trial to the next.
    """

    membrane_lsb: float = 0.85
    cadc_lsb: float = 0.85
    trial_lsb: float = 1.0

    def __post_init__(self) -> None:
        """Refuse negative or non-finite amplitudes."""
        for name, value in asdict(self).items():
            if not 0 <= value < 1e6:
                raise ConfigError(f"TemporalNoise.{name} = {value!r} must be non-negative and finite")

    def times(self, factor: float) -> TemporalNoise:
        """Return all amplitudes scaled."""
        return TemporalNoise(self.membrane_lsb * factor, self.cadc_lsb * factor, self.trial_lsb * factor)

    @property
    def silent(self) -> bool:
        """True if all amplitudes are zero."""
        return not (self.membrane_lsb or self.cadc_lsb or self.trial_lsb)


NOISE_PRESETS: Final = {"off": TemporalNoise(0.0, 0.0, 0.0), "typical": TemporalNoise()}


def noise_preset(noise: str | TemporalNoise) -> TemporalNoise:
    """Return a preset by name, or what is given. Raises `ConfigError` for an unknown name."""
    if isinstance(noise, TemporalNoise):
        return noise
    if noise not in NOISE_PRESETS:
        raise ConfigError(f"unknown noise preset {noise!r}; known: {', '.join(NOISE_PRESETS)}")
    return NOISE_PRESETS[noise]


@borrowing
def trial_key(key, kind, trial):  # type: ignore[no-untyped-def]
    """Mix the stream's key with kind and trial number to 64 bits (SplitMix64 finaliser)."""
    x = np.uint64(key) + np.uint64(0x9E3779B97F4A7C15) * (
        np.uint64(3) * np.uint64(trial) + np.uint64(kind) + np.uint64(1)
    )
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@borrowing
def _hash(x):  # type: ignore[no-untyped-def]
    x = np.uint32(x ^ (x >> np.uint32(16)))
    x = np.uint32(x * np.uint32(0x7FEB352D))
    x = np.uint32(x ^ (x >> np.uint32(15)))
    x = np.uint32(x * np.uint32(0x846CA68B))
    return np.uint32(x ^ (x >> np.uint32(16)))


@borrowing
def draw(key, time, first_neuron, words):  # type: ignore[no-untyped-def]
    """Fill `words` (uint32) with the table indices of neurons first_neuron, first_neuron + 1, … at `time`.

    time counts steps of the noise and must stay below 2¹⁶, as must the number of neurons.
    """
    low = np.uint32(key & np.uint64(0xFFFFFFFF))
    high = np.uint32(key >> np.uint64(32))
    base = np.uint32((time << 16) + first_neuron)
    for n in range(words.shape[0]):
        words[n] = np.uint32(
            _hash(np.uint32(_hash(np.uint32(np.uint32(base + np.uint32(n)) ^ low)) + high)) >> np.uint32(20)
        )


@borrowing
def add_noise(x, amplitude, key, time, first_neuron, words, table):  # type: ignore[no-untyped-def]
    """Add amplitude · N(0, 1) to `x`, one draw per neuron; `words` is scratch, `table` is `NORMAL_TABLE`."""
    draw(key, time, first_neuron, words)
    for n in range(x.shape[0]):
        x[n] += amplitude[n] * table[words[n]]


def normal(key: int, kind: int, trial: int, time: int, neurons: int) -> Any:
    """Return the draws of neurons 0 to neurons − 1 at one time; for tests and plots."""
    words = np.empty(neurons, np.uint32)
    draw(np.uint64(trial_key(np.uint64(key), kind, np.uint64(trial))), time, 0, words)
    return NORMAL_TABLE[words]
