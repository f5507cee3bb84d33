"""A few neurons under a microscope: every grid step is sampled, on a perfect chip without noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.spec import chip_spec
from inloop.behavioral.topology import Topology
from inloop.behavioral.weights import NetworkWeights
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level

CYCLES = 53  # of one grid step


@dataclass
class Traces:
    """Of one sample. spikes: (steps, neurons) per hidden layer; membranes alike; readout: (steps, outputs)."""

    spikes: list[np.ndarray]
    membranes: list[np.ndarray]
    readout: np.ndarray
    membrane_error: float  # what the converter of the level may add, in software units
    readout_error: float


class Microscope:
    """Runs one sample through a small network. events: (step, channel), acting at the beginning of that step."""

    def __init__(self, fidelity: str) -> None:
        self.fidelity = fidelity
        self.step_s = CYCLES / 125e6

    def __call__(
        self,
        events: list[tuple[int, int]],
        forward: list[Any],
        recurrent: list[Any] | None = None,
        steps: int = 60,
        dtype: Any = np.float64,
        **fields: Any,
    ) -> Traces:
        spec = chip_spec("tiny").with_fields(**{"cadc_period_cycles": CYCLES, **fields})
        weights = [np.array(w, dtype) for w in forward]
        own = [None if w is None else np.array(w, dtype) for w in recurrent or [None] * (len(weights) - 1)]
        sizes = [len(w) for w in weights]
        topology = Topology(sizes[0], tuple(sizes[1:]), weights[-1].shape[1], tuple(w is not None for w in own))
        grid = make_grid(spec, steps * self.step_s, 1)
        assert grid.steps == steps
        step, unit = ([event[k] for event in events] for k in (0, 1))
        time_s = (np.array(step, float) + 0.5) * grid.step_s
        spikes = SpikeBatch.from_events([0] * len(events), unit, time_s, samples=1, units=sizes[0])
        level = open_level(self.fidelity, topology, Chip(spec, calibration="perfect", noise="off"), grid)
        seen = level.run(spikes, NetworkWeights(tuple(weights), tuple(own)), np.zeros(1, np.uint64))
        exact = self.fidelity == "ideal"
        lsb = spec.swing_lsb * spec.readout_gain * spec.weight_max / spec.weight_lsb_per_unit
        largest = float(np.abs(weights[-1]).max())
        return Traces(
            [layer.dense()[0] for layer in seen.spikes],
            [seen.membrane(k)[0] for k in range(len(seen.spikes))],
            seen.readout[0],
            1e-10 if exact else 0.501 / spec.swing_lsb,
            1e-10 if exact else 0.501 * largest / lsb,
        )


@pytest.fixture
def microscope(fidelity: str) -> Microscope:
    return Microscope(fidelity)


@pytest.fixture
def chip_microscope() -> Microscope:
    """On level `behavioral`, for what only the chip has."""
    return Microscope("behavioral")


@pytest.fixture(scope="session")
def epsp() -> Any:
    """The membrane at times t after one spike of weight 1, in closed form; 0 before it."""

    def value(t: float, tau_mem: float = 6e-6, tau_syn: float = 6e-6) -> float:
        if t <= 0:
            return 0.0
        if tau_mem == tau_syn:
            return t / tau_mem * math.exp(-t / tau_mem)
        return tau_syn / (tau_syn - tau_mem) * (math.exp(-t / tau_syn) - math.exp(-t / tau_mem))

    return np.vectorize(value, otypes=[float])
