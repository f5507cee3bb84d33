"""Times at multiples of a step act in that step, in whatever precision and unit they were computed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.behavioral.events import SpikeBatch, to_grid
from inloop.behavioral.grid import make_grid
from inloop.behavioral.moments import cycles_of

SINGLE = np.float32
WAYS: dict[str, Any] = {
    "product": lambda k, h: k.astype(SINGLE) * SINGLE(h),
    "cast": lambda k, h: (k * h).astype(SINGLE),
    "cast and back": lambda k, h: (k * h).astype(SINGLE).astype(float),
    "list": lambda k, h: (k * h).astype(SINGLE).tolist(),
    "quotient": lambda k, h: k.astype(SINGLE) / SINGLE(1 / h),
    "milliseconds": lambda k, h: (k * h * 1e3).astype(SINGLE) / SINGLE(1e3),
    "microseconds, then double": lambda k, h: (k * h * 1e6).astype(SINGLE).astype(float) * 1e-6,
    "double": lambda k, h: k * h,
    "double sum": lambda k, h: np.cumsum(np.full(len(k), h)) - h,
}
GRIDS = [(11.6e-6, 4), (200e-6, 208), (2e-3, 52)]


@pytest.mark.parametrize(("duration_s", "steps_per_sample"), GRIDS)
@pytest.mark.parametrize("way", WAYS)
def test_a_multiple_of_a_step_acts_in_its_step(way: str, duration_s: float, steps_per_sample: int) -> None:
    grid = make_grid(ChipSpec(), duration_s, steps_per_sample)
    k = np.arange(grid.steps)
    times = WAYS[way](k, grid.step_s)
    batch = SpikeBatch.from_events(k * 0, k, times, samples=1, units=grid.steps)
    np.testing.assert_array_equal(to_grid(batch, grid).unit, k)
    np.testing.assert_array_equal(to_grid(batch, grid).first[0], np.arange(grid.steps + 1))
    step_cycles = round(grid.step_s * 125e6)
    np.testing.assert_array_equal(cycles_of(batch.time_s, 125e6), k * step_cycles)


def test_a_double_just_before_a_step_stays_before_it() -> None:
    grid = make_grid(ChipSpec(), 2e-3, 52)
    k = np.arange(1, grid.steps)
    early = (k - 2e-6) * grid.step_s + 1.23e-17  # more than doubles are wrong by, less than single precision is
    batch = SpikeBatch.from_events(k * 0, k, early, samples=1, units=grid.steps)
    np.testing.assert_array_equal(to_grid(batch, grid).table()[1], k - 1)


@pytest.mark.parametrize("step", [np.float64, np.float32])
def test_dense_spikes_act_in_their_steps(step: Any) -> None:
    torch = pytest.importorskip("torch")
    grid = make_grid(ChipSpec(), 200e-6, 4)
    dense = torch.eye(grid.steps, requires_grad=True)[:, None]  # channel k fires in step k
    batch = SpikeBatch.from_dense(dense, step(grid.step_s))
    np.testing.assert_array_equal(to_grid(batch, grid).dense()[0], np.eye(grid.steps))
