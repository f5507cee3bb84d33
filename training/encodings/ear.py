"""A model of the inner ear: from a sound to spikes on channels from low to high pitch.

The sound x[n], sampled at f_s, is brought to mean square 1. The C channels have centre frequencies f that lie evenly on
the ERB-number scale E(f) = 21.4 log10(1 + 0.00437 f) (Glasberg and Moore, Hear. Res. 47, 1990). Per channel:

    basilar membrane   gammatone filter of order 4, bandwidth b = 1.019 · 24.7 (1 + 0.00437 f), gain 1 at f
                       z₀ = x e^{−jωn},  z_k[n] = λ z_k[n−1] + (1 − λ) z_{k−1}[n],  λ = e^{−2πb / f_s}
                       y = 2 Re(z₄ e^{jωn})
    hair cell          d = (mean of max(y, 0) over a frame)^p          half-wave rectification, compression
                       q' = (1 − q)/τ_r − ρ d q                        transmitter, spent by use and refilled
    nerve fibre        v' = (g d q − v)/τ_f,  a spike where v > 1 at the end of a frame, then v = 0

in frames of 1 ms, each equation integrated exactly with d and q held over a frame. The transmitter makes onsets stand
out: a steady tone starts at g d and falls to g d / (1 + ρ τ_r d).

This is simpler than the ear of the Spiking Heidelberg Digits (Cramer et al., IEEE TNNLS 33, 2022): a gammatone filter
bank in the place of the hydrodynamic basilar membrane, one pool of transmitter in the place of three, and one fibre
per channel in the place of forty and the bushy cell that they converge on. It draws no random number.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from ...behavioral.numerics.compiled import kernel
from ...behavioral.numerics.threads import run_parts, shares
from ...errors import ConfigError

FRAME_S = 1e-3
ORDER = 4
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class InnerEar(BaseModel):
    """Parameters of the equations above."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    channels: Annotated[int, Field(ge=1, le=1024)] = 70
    """Channels from low to high pitch."""
    lowest_hz: Positive = 100.0
    """Centre frequency of the first channel, Hz."""
    highest_hz: Positive = 3600.0
    """Centre frequency of the last channel, Hz."""
    compression: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Exponent p of the hair cells."""
    depletion: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 20.0
    """Transmitter spent per unit of compressed sound, ρ."""
    recovery_s: Positive = 60e-3
    """Time constant in which transmitter is refilled, τ_r, seconds of sound."""
    gain: Positive = 8.0
    """Drive of the nerve fibre per unit of compressed sound, g."""
    fibre_s: Positive = 20e-3
    """Time constant of the nerve fibre, τ_f, seconds of sound."""

    def centres_hz(self) -> NDArray[np.float64]:
        """Centre frequencies of the channels, rising."""
        scale = np.linspace(_erb_number(self.lowest_hz), _erb_number(self.highest_hz), self.channels)
        return np.asarray((10 ** (scale / 21.4) - 1) / 0.00437)


def _erb_number(frequency_hz: float) -> float:
    return float(21.4 * np.log10(1 + 0.00437 * frequency_hz))


def hear(
    sounds: list[NDArray[np.float32]], rate_hz: float, ear: InnerEar
) -> tuple[NDArray[np.int64], NDArray[np.int16], NDArray[np.float32]]:
    """Turn sounds, each a row of samples, into spikes: offsets (sounds + 1), channels, times in seconds of sound.

    The spikes of sound k are those from offsets[k] to offsets[k + 1], in the order of time. A silent sound has none.
    Raises `ConfigError` for an ear that hears above half the sampling rate, or whose lowest channel is not its lowest.
    """
    if not ear.lowest_hz <= ear.highest_hz < rate_hz / 2:
        raise ConfigError(
            f"inner ear: need lowest_hz ≤ highest_hz < {rate_hz / 2:g} Hz, half the sampling rate, "
            f"got {ear.lowest_hz:g} and {ear.highest_hz:g}"
        )
    frame = round(rate_hz * FRAME_S)
    heard: list[Any] = [None] * len(sounds)

    def task(_: int, start: int, stop: int) -> None:
        for k in range(start, stop):
            power = float(np.square(sounds[k], dtype=np.float64).sum() / max(len(sounds[k]), 1))
            level = np.float32(1 / np.sqrt(power)) if power else np.float32(0)
            motion = _basilar_membrane(sounds[k] * level, frame, *_filters(ear, rate_hz))
            heard[k] = _nerve(
                motion, ear.compression, FRAME_S / ear.recovery_s, FRAME_S * ear.depletion, ear.gain,
                np.exp(-FRAME_S / ear.fibre_s),
            )  # fmt: skip

    run_parts(task, shares(len(sounds)))
    offsets = np.zeros(len(sounds) + 1, np.int64)
    np.cumsum([len(channel) for channel, _ in heard], out=offsets[1:])
    channels = np.concatenate([np.zeros(0, np.int16), *(channel for channel, _ in heard)])
    frames = np.concatenate([np.zeros(0, np.int32), *(at for _, at in heard)])
    return offsets, channels, ((frames + 1) * FRAME_S).astype(np.float32)


def _filters(ear: InnerEar, rate_hz: float) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Return λ and ω of the channels."""
    centres = ear.centres_hz()
    bandwidth = 1.019 * 24.7 * (1 + 0.00437 * centres)
    return np.exp(-2 * np.pi * bandwidth / rate_hz).astype(np.float32), 2 * np.pi * centres / rate_hz


@kernel
def _basilar_membrane(sound, frame, decay, omega):  # type: ignore[no-untyped-def]
    """Return the mean of max(y, 0) per frame and channel, (whole frames, channels)."""
    channels = decay.shape[0]
    motion = np.zeros((len(sound) // frame, channels), np.float32)
    stages_re = np.zeros((ORDER, channels), np.float32)
    stages_im = np.zeros_like(stages_re)
    new = np.float32(1) - decay
    share = np.float32(2) / np.float32(frame)
    turn_re, turn_im = np.cos(omega), np.sin(omega)
    phase_re, phase_im = np.ones(channels), np.zeros(channels)
    for n in range(len(motion) * frame):
        row = motion[n // frame]
        for c in range(channels):
            cosine, sine = np.float32(phase_re[c]), np.float32(phase_im[c])
            re, im = sound[n] * cosine, -sound[n] * sine
            for k in range(ORDER):
                re = decay[c] * stages_re[k, c] + new[c] * re
                im = decay[c] * stages_im[k, c] + new[c] * im
                stages_re[k, c], stages_im[k, c] = re, im
            row[c] += share * max(re * cosine - im * sine, np.float32(0))
            phase_re[c], phase_im[c] = (
                phase_re[c] * turn_re[c] - phase_im[c] * turn_im[c],
                phase_re[c] * turn_im[c] + phase_im[c] * turn_re[c],
            )
    return motion


@kernel
def _nerve(motion, compression, refill, depletion, gain, decay):  # type: ignore[no-untyped-def]
    """Return channel and frame of every spike. refill, depletion: per frame; decay: of the fibre over a frame."""
    frames, channels = motion.shape
    channel, frame = np.empty(frames * channels, np.int16), np.empty(frames * channels, np.int32)
    pool, v = np.ones(channels), np.zeros(channels)
    count = 0
    for n in range(frames):
        for c in range(channels):
            drive = motion[n, c] ** compression
            v[c] = decay * v[c] + (1 - decay) * gain * drive * pool[c]
            speed = refill + depletion * drive
            rest = refill / speed
            pool[c] = rest + (pool[c] - rest) * np.exp(-speed)
            if v[c] > 1:
                v[c] = 0
                channel[count], frame[count] = c, n
                count += 1
    return channel[:count].copy(), frame[:count].copy()
