"""Latency code: the brighter a pixel, the earlier its only spike (Cramer et al., PNAS 119(4), 2022).

A pixel x in 0 .. 1 is a constant current into a leaky integrator with time constant τ and threshold θ, which
reaches the threshold at

    t = τ ln(x / (x − θ)) = τ ln(1 + θ / (x − θ))      if x > θ, and never otherwise.

The right-hand form is the one computed: it is precise both for x close to θ and for x much larger than θ.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from ...behavioral.events import SpikeBatch
from ...behavioral.numerics.compiled import kernel
from ...errors import ConfigError, DataError
from ..datasets.rotation import random_angles, rotate_and_scale
from ..datasets.samples import Images
from ..fields import Positive
from .encoding import Augmentation, Encoding


class LatencyEncoding(Encoding):
    """Pixel x spikes once at τ·ln(x/(x − θ))."""

    takes = Images
    augmentations = ("rotation_deg",)

    kind: Literal["latency"] = "latency"
    """Name of this encoding."""
    tau_s: Positive = 4e-6
    """Time constant τ, seconds."""
    theta: Annotated[float, Field(gt=0, lt=1, strict=True)] = 0.2
    """Threshold θ: pixels up to it never spike."""

    def check(self, window_s: float) -> None:
        """Raise `ConfigError` for a window that ends before the spike of a white pixel."""
        first = -self.tau_s * math.log(1 - self.theta)
        if first >= window_s:
            raise ConfigError(
                f"duration_s = {window_s:g} ends before the first input spike at {first:g} s; make it longer"
            )

    def encode(self, samples: Images, window_s: float, augmentation: Augmentation | None = None) -> SpikeBatch:
        """Return at most one spike per pixel of the images cropped and scaled, turned if they are to be."""
        if augmentation is None:
            values = samples.values()
        else:
            angles = random_angles(len(samples), augmentation.rotation_deg, augmentation.rng)
            values = rotate_and_scale(samples.inputs, angles)
        return latency_code(values, self.tau_s, self.theta, window_s)


def latency_code(x: ArrayLike, tau_s: float, theta: float, window_s: float = math.inf) -> SpikeBatch:
    """Turn values (N, channels) in [0, 1] into at most one spike per channel, in the order of the channels.

    tau_s: time constant, seconds. theta: threshold, in units of x, between 0 and 1. window_s: spikes at or
    after this time, in seconds, are dropped. float32 values are taken as they are, all others as float64.

    Raises `DataError` for values that are NaN or outside [0, 1] and for another number of axes, `ConfigError`
    for parameters that cannot be.
    """
    if not (0 < tau_s < math.inf and 0 < theta < 1 and window_s > 0):
        raise ConfigError(
            f"latency code: need 0 < tau_s < ∞, 0 < theta < 1 and window_s > 0, "
            f"got tau_s = {tau_s!r}, theta = {theta!r}, window_s = {window_s!r}"
        )
    values = np.asarray(x)
    values = np.ascontiguousarray(values, np.float32 if values.dtype == np.float32 else np.float64)
    if values.ndim != 2:
        raise DataError(f"latency code: values must have shape (N, channels), got {values.shape}")
    active, outside = _count(values, theta)
    if outside:
        sample, channel = np.argwhere(~((values >= 0) & (values <= 1)))[0]
        raise DataError(
            f"latency code: value {values[sample, channel]!s} (sample {sample}, channel {channel}) must be "
            "between 0 and 1; scale the data first"
        )
    offsets = np.zeros(len(values) + 1, np.int64)
    unit, time_s = np.empty(active, np.int32), np.empty(active, np.float64)
    events = _fill(values, float(tau_s), float(theta), float(window_s), offsets, unit, time_s)
    return SpikeBatch(offsets, unit[:events], time_s[:events], values.shape[1])


@kernel
def _count(values, theta):  # type: ignore[no-untyped-def]
    """Return how many values are above theta, and how many are not in 0 .. 1 (NaN included)."""
    active = outside = 0
    for value in values.flat:
        active += value > theta
        outside += not ((value >= 0) & (value <= 1))
    return active, outside


@kernel
def _fill(values, tau_s, theta, window_s, offsets, unit, time_s):  # type: ignore[no-untyped-def]
    """Write the events; return their number, which is smaller than the count if the window cuts some off."""
    samples, channels = values.shape
    above = np.empty(channels, np.int32)
    events = 0
    for n in range(samples):
        found = 0
        for c in range(channels):  # without a branch: a channel that is not above theta is overwritten
            above[found] = c
            found += values[n, c] > theta
        for k in range(found):
            c = above[k]
            t = tau_s * math.log1p(theta / (values[n, c] - theta))
            if t < window_s:
                unit[events] = c
                time_s[events] = t
                events += 1
        offsets[n + 1] = events
    return events
