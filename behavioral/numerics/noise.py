"""Temporal noise from a counter-based generator keyed by seed, kind, trial, neuron and time.

A draw is a pure function of its key and counter, so noise depends neither on level nor thread nor on the order
of samples. The bits come from three rounds of a 32-bit integer hash (xor-shift and multiply). The sum of the four
bytes of a word, less its mean and over its standard deviation, is s, which is nearly normal; the draw is

    z = s (c₁ + c₃ s² + c₅ s⁴)

with the moments of the normal distribution: variance 1, fourth moment 3, sixth 15. Its distribution function, a
staircase of 1,021 values, is within 0.0024 of the normal one (in the middle of each step within 0.0013), its range is
±4.5; beyond ±4 it has 0.38 of the draws that the normal one has.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np
from numba import types
from numba.extending import overload

from ...checks import checked
from ...errors import ConfigError
from .compiled import borrowing

MEMBRANE: Final = 0
CADC: Final = 1
TRIAL: Final = 2

BYTES_MEAN: Final = np.float32(4 * 127.5)
PER_STD: Final = np.float32((4 * (256**2 - 1) / 12) ** -0.5)
SHAPE: Final = (np.float32(9.71508508e-01), np.float32(8.80751939e-04), np.float32(2.33169161e-03))
"""c₁, c₃, c₅."""


@checked
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

    @checked
    def times(self, factor: float) -> TemporalNoise:
        """Return all amplitudes scaled."""
        return TemporalNoise(self.membrane_lsb * factor, self.cadc_lsb * factor, self.trial_lsb * factor)

    @property
    def silent(self) -> bool:
        """True if all amplitudes are zero."""
        return not (self.membrane_lsb or self.cadc_lsb or self.trial_lsb)


NOISE_PRESETS: Final = {"off": TemporalNoise(0.0, 0.0, 0.0), "typical": TemporalNoise()}


@checked
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
def word(key, counter):  # type: ignore[no-untyped-def]
    """Return the 32 random bits of a counter (uint32) with a key (uint64)."""
    x = np.uint32(counter ^ np.uint32(key & np.uint64(0xFFFFFFFF)))
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(17))) * np.uint32(0xED5AD4BB))
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(11))) + np.uint32(key >> np.uint64(32)))
    x = np.uint32(x * np.uint32(0xAC4C1B51))
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(15))) * np.uint32(0x31848BAB))
    return np.uint32(x ^ (x >> np.uint32(14)))


@borrowing
def counter(time, neuron):  # type: ignore[no-untyped-def]
    """Return the counter of a neuron at `time` in steps of the noise; both must stay below 2¹⁶."""
    return np.uint32((time << 16) + neuron)


@borrowing
def shaped(bits):  # type: ignore[no-untyped-def]
    """Return the normal number that a word stands for, float32."""
    even, odd = (
        np.uint32(bits & np.uint32(0x00FF00FF)),
        np.uint32(np.uint32(bits >> np.uint32(8)) & np.uint32(0x00FF00FF)),
    )
    pairs = np.uint32(even + odd)
    total = np.int32(np.uint32(pairs + np.uint32(pairs >> np.uint32(16))) & np.uint32(0x7FF))
    s = (np.float32(total) - BYTES_MEAN) * PER_STD
    square = s * s
    return s * (SHAPE[0] + square * (SHAPE[1] + square * SHAPE[2]))


def _number(neurons: Any, n: int) -> Any:
    """Return the number of the n-th of `neurons`: the first of consecutive ones, or all of them."""
    return neurons + n if np.ndim(neurons) == 0 else neurons[n]


@overload(_number, strict=False)
def _compiled_number(neurons: Any, n: Any) -> Any:  # noqa: ARG001
    if isinstance(neurons, types.Integer):
        return lambda neurons, n: np.uint32(neurons) + np.uint32(n)
    return lambda neurons, n: np.uint32(neurons[n])


@borrowing
def add_noise(x, amplitude, key, time, neurons):  # type: ignore[no-untyped-def]
    """Add amplitude · z to `x`, one draw for each of the neurons at `time`: the first of consecutive ones, or all."""
    first = counter(time, 0)
    for n in range(x.shape[0]):
        x[n] += amplitude[n] * shaped(word(key, np.uint32(first + _number(neurons, n))))


def normal(key: int, kind: int, trial: int, time: int, neurons: int) -> Any:
    """Return the draws of neurons 0 to neurons − 1 at one time; for tests and plots."""
    z = np.zeros(neurons, np.float32)
    add_noise(z, np.ones(neurons, np.float32), np.uint64(trial_key(np.uint64(key), kind, np.uint64(trial))), time, 0)
    return z
