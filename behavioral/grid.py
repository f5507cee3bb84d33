"""The time grid of the fast levels: whole fabric cycles per step, whole steps per CADC sample."""

from __future__ import annotations

from dataclasses import dataclass

from ..checks import checked
from ..errors import ConfigError
from ..scalars import as_float, as_int, shown
from .design import Design

MAX_STEPS = 1 << 16
"""The noise generator counts steps in 16 bits."""
LONGEST_STEP = 700
"""Membrane time constants; in a longer step nothing is left of a membrane that a double can hold."""


@dataclass(frozen=True)
class TimeGrid:
    """A window of `steps` steps of `step_s` seconds; the CADC samples at the end of every `sample_steps`-th.

    Sample s is taken at the end of step (s + 1)·sample_steps − 1. place_crossings: whether threshold crossings are
    placed within their step and rests counted from there (`crossing.py`); else both are rounded to whole steps.
    """

    step_s: float
    steps: int
    sample_steps: int
    place_crossings: bool = True

    @property
    def duration_s(self) -> float:
        """Length of the window."""
        return self.step_s * self.steps

    @property
    def samples(self) -> int:
        """CADC samples in the window."""
        return self.steps // self.sample_steps


@checked
def make_grid(spec: Design, duration_s: float, steps_per_sample: int = 4, place_crossings: bool = True) -> TimeGrid:
    """Return the grid that covers `duration_s`, rounded up to whole CADC periods; see `TimeGrid` for `place_crossings`.

    Raises `ConfigError` if the CADC period cannot be divided into `steps_per_sample` steps of whole cycles, and for
    windows and steps that are too long.
    """
    whole_steps = as_int(steps_per_sample)
    if whole_steps is None:
        raise ConfigError(f"steps_per_sample = {shown(steps_per_sample)} must be a positive whole number")
    steps_per_sample = whole_steps
    if steps_per_sample < 1 or spec.record_cycles % steps_per_sample:
        raise ConfigError(
            f"steps_per_sample = {steps_per_sample} does not divide the CADC period of "
            f"{spec.record_cycles} cycles; choose a divisor of it"
        )
    duration = as_float(duration_s)
    if duration is None or not 0 < duration < 1:
        raise ConfigError(f"duration_s = {shown(duration_s)} must lie between 0 and 1 s")
    duration_s, period_s = duration, spec.record_cycles / spec.clock_hz
    if duration_s / period_s * steps_per_sample > MAX_STEPS - steps_per_sample:
        raise ConfigError(
            f"duration_s = {duration_s:g} needs more than {MAX_STEPS} grid steps of "
            f"{period_s / steps_per_sample:g} s; make the window shorter or the steps longer"
        )
    samples = max(1, -int(-duration_s / period_s * (1 - 1e-9) // 1))
    steps = samples * steps_per_sample
    step_s = period_s / steps_per_sample
    if step_s > LONGEST_STEP * spec.tau_mem_s:
        raise ConfigError(
            f"tau_mem_s = {spec.tau_mem_s:g} is less than 1/{LONGEST_STEP} of a grid step of {step_s:g} s, in which "
            "membranes then forget all; make it longer or the steps shorter"
        )
    return TimeGrid(step_s, steps, steps_per_sample, place_crossings)
