"""What the levels with the bus share: input words, the lock-step, and the observation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from inloop.behavioral import lockstep
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.lockstep import Chip, Run, seen_room, step_lockstep
from inloop.behavioral.network.topology import Topology
from inloop.cosim.buffers import checked_inputs
from inloop.cosim.fidelity import Fidelity
from inloop.cosim.observation import Observation
from numpy.typing import NDArray

from .chip import RingChip, synapses
from .core import Core
from .observed import active, observation

Ints = NDArray[np.int64]


class Bus(ABC):
    """The bus in lock-step; a level says what a clock edge does.

    sent: per sample, rows of cycle and address that the host offers, one after the other, as soon as there is room.
    log: rows of sample, cycle and address that were on the bus. lost: per sample.
    """

    held: tuple[()] = ()

    def __init__(self, sent: list[Ints]) -> None:
        self.sent, self.pulses, self.log, self.lost = sent, np.zeros((1, 1), np.int64), [], [0] * len(sent)

    @abstractmethod
    def reset(self) -> None:
        """Forget all."""

    @abstractmethod
    def edge(self, fires: list[int], offered: int) -> tuple[bool, int]:
        """Do a clock edge; offered: an address, −1 for none. Return whether it was taken, and what is on the bus."""

    @abstractmethod
    def lost_fires(self) -> int:
        """Return how many fires found their neuron's last one still waiting, since the reset."""


@lockstep.clear.of(Bus)
def _clear(fabric: Bus, sample: int) -> bool:
    fabric.sample, fabric.next, fabric.on_bus = sample, 0, -1
    fabric.reset()
    return True


@lockstep.show.of(Bus)
def _show(fabric: Bus, cycle: int) -> int:
    if fabric.on_bus < 0:
        return 0
    fabric.pulses[0] = fabric.on_bus
    fabric.log.append((fabric.sample, cycle, fabric.on_bus))
    return 1


@lockstep.edge.of(Bus)
def _edge(fabric: Bus, cycle: int, fires: Any, count: int) -> bool:
    words = fabric.sent[fabric.sample]
    waits = fabric.next < len(words) and words[fabric.next, 0] <= cycle
    taken, fabric.on_bus = fabric.edge(fires[:count].tolist(), int(words[fabric.next, 1]) if waits else -1)
    fabric.next += taken
    return True


@lockstep.triggered.of(Bus)
def _triggered(fabric: Bus, cycle: int) -> bool:  # noqa: ARG001
    return False


@lockstep.drain.of(Bus)
def _drain(fabric: Bus, sample: int) -> bool:
    fabric.lost[sample] = fabric.lost_fires()
    return True


class OnRing(ABC):
    """A network on the chip, cycle by cycle; a level says what its bus is."""

    fidelity: Fidelity

    def __init__(self, topology: Topology, chip: RingChip, grid: TimeGrid) -> None:
        chip.check_fit(topology)
        self.topology, self.spec, self.grid = topology, chip.spec, grid
        self.weight_limit = chip.spec.weight_max / chip.spec.weight_lsb_per_unit
        self.step_cycles = round(grid.step_s * chip.spec.clock_hz)

    @abstractmethod
    @contextmanager
    def bus(self, sent: list[Ints]) -> Iterator[Bus]:
        """Yield the bus."""

    def run(
        self,
        spikes: Any,
        weights: Any,
        trials: Any,
        silenced: Any = None,
        record_membranes: bool = True,  # noqa: ARG002
    ) -> Observation:
        """See `Level.run`."""
        inputs, spec = checked_inputs(spikes, weights, trials, self.topology, self.grid), self.spec
        sample, step, unit = inputs.table()
        rows = np.column_stack([step * self.step_cycles, spec.neurons + unit.astype(np.int64)])
        sent = [rows[sample == b] for b in range(inputs.samples)]
        core = Core(
            spec, synapses(self.topology, weights, spec), 1 / spec.clock_hz,
            active(self.topology, spec, inputs.samples, silenced),
        )  # fmt: skip
        cycles = self.grid.steps * self.step_cycles
        seen = seen_room(inputs.samples, 1, spec.neurons * cycles, np.zeros((inputs.samples, 1, 0, 0)))
        with self.bus(sent) as bus:
            failed = step_lockstep(range(inputs.samples), Run(cycles, cycles), (Chip(bus, core),), seen)
        assert failed < 0
        count = seen.spike_count[:, 0]
        b, place = np.nonzero(np.arange(seen.spike_cycle.shape[2]) < count[:, None])
        cycle = seen.spike_cycle[b, 0, place].astype(np.int64)
        spikes_ = np.column_stack([b, cycle // self.step_cycles, seen.spike_place[b, 0, place]])
        return observation(
            self.topology, spec, self.grid, inputs, spikes_, weights.forward[0].dtype, silenced, cycle,
            counters={"lost": sum(bus.lost), "carried": len(bus.log)}, raw=np.array(bus.log).reshape(-1, 3),
        )  # fmt: skip
