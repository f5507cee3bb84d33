"""A few neurons under a microscope: every grid step is sampled, on a perfect chip without noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric.wiring import STAMP_TO_MEMBRANE
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level

CYCLES = 53  # of one grid step
CYCLE_S = 1 / 125e6


class Manner(NamedTuple):
    """How a level treats time and values, in fabric cycles.

    on_grid: membranes are compared with the threshold once per grid step, and crossings placed within it by a straight
    line; else in every cycle. first_input: cycle in
    which an input event can act at the earliest. latency: from the end of the cycle or step in which a spike is found
    to the membranes of others. shortest_rest: a neuron is held at reset after a spike at least for so long. converts:
    a CADC reads the membranes. counters: what it counts besides input events and hidden spikes.
    """

    on_grid: bool
    first_input: int
    latency: int
    shortest_rest: int
    converts: bool
    counters: tuple[str, ...] = ()

    def rest_s(self, refractory_s: float) -> float:
        """How long a neuron is held at reset after a spike."""
        return max(refractory_s, self.shortest_rest * CYCLE_S)


IDEAL = Manner(on_grid=True, first_input=0, latency=0, shortest_rest=0, converts=False)
DIGITAL = Manner(
    on_grid=False, first_input=STAMP_TO_MEMBRANE, latency=5, shortest_rest=1, converts=True,
    counters=("late", "dropped", "routed", "lost", "sent", "sent_words"),
)  # fmt: skip
MANNERS = {
    "ideal": IDEAL,
    "behavioral": IDEAL._replace(converts=True),
    "event": DIGITAL,
    "rtl": DIGITAL,
    "verilog": DIGITAL,
    "socket": IDEAL._replace(converts=True),  # examples/own_level.py
}


@dataclass
class Traces:
    """Of one sample. spikes: (steps, neurons) per hidden layer; membranes alike; readout: (steps, outputs)."""

    spikes: list[np.ndarray]
    membranes: list[np.ndarray]
    readout: np.ndarray
    membrane_error: float  # what the converter of the level may add, in software units
    readout_error: float
    time_s: np.ndarray  # at which the records were taken
    found_s: list[np.ndarray]  # of neuron 0 of each hidden layer
    acts_s: list[np.ndarray]  # the same spikes at the synapses of others
    counters: dict[str, int]

    def first_record(self, time_s: float) -> int:
        """Index of the first record at or after a time."""
        return int(np.searchsorted(self.time_s, time_s - CYCLE_S / 2))


class Microscope:
    """Runs one sample through a small network. events: (step, channel), acting at the beginning of that step."""

    def __init__(self, fidelity: str, cycles: int = CYCLES) -> None:
        self.fidelity, self.manner, self.cycles = fidelity, MANNERS[fidelity], cycles
        self.step_s = cycles * CYCLE_S

    def with_steps_of_a_cycle(self) -> Microscope:
        """The same level on the finest grid."""
        return Microscope(self.fidelity, 1)

    def __call__(
        self,
        events: list[tuple[int, int]],
        forward: list[Any],
        recurrent: list[Any] | None = None,
        steps: int = 60,
        dtype: Any = np.float64,
        **fields: Any,
    ) -> Traces:
        spec = chip_spec("tiny").with_fields(**{"cadc_period_cycles": self.cycles, **fields})
        weights = [np.array(w, dtype) for w in forward]
        own = [None if w is None else np.array(w, dtype) for w in recurrent or [None] * (len(weights) - 1)]
        sizes = [len(w) for w in weights]
        topology = Topology(sizes[0], tuple(sizes[1:]), weights[-1].shape[1], tuple(w is not None for w in own))
        grid = make_grid(spec, steps * self.step_s, 1)
        assert grid.steps == steps
        step, unit = ([event[k] for event in events] for k in (0, 1))
        time_s = np.array(step, float) * grid.step_s + 0.5 * CYCLE_S
        spikes = SpikeBatch.from_events([0] * len(events), unit, time_s, samples=1, units=sizes[0])
        level = open_level(self.fidelity, topology, Chip(spec, calibration="perfect", noise="off"), grid)
        seen = level.run(spikes, NetworkWeights(tuple(weights), tuple(own)), np.zeros(1, np.uint64))
        exact = not self.manner.converts
        lsb = spec.swing_lsb * spec.readout_gain * spec.weight_max / spec.weight_lsb_per_unit
        largest = float(np.abs(weights[-1]).max())
        batches = [seen.spike_batch(k) for k in range(len(seen.spikes))]
        found_s = [np.sort(batch.time_s[batch.unit == 0]) for batch in batches]
        return Traces(
            [layer.dense()[0] for layer in seen.spikes],
            [seen.membrane(k)[0] for k in range(len(seen.spikes))],
            seen.readout[0],
            1e-10 if exact else 0.501 / spec.swing_lsb,
            1e-10 if exact else 0.501 * largest / lsb,
            (np.arange(steps) + 1) * grid.step_s,
            found_s,
            [self._acts_s(seen, k) for k in range(len(found_s))],
            seen.counters,
        )

    def _acts_s(self, seen: Any, layer: int) -> np.ndarray:
        """When the spikes of neuron 0 of a layer act: on a grid at the beginning of the next step."""
        if not self.manner.on_grid:
            batch = seen.spike_batch(layer)
            return np.sort(batch.time_s[batch.unit == 0]) + self.manner.latency * CYCLE_S
        return (np.flatnonzero(seen.spikes[layer].dense()[0][:, 0]) + 1) * self.step_s


@pytest.fixture
def manner(fidelity: str) -> Manner:
    return MANNERS[fidelity]


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
