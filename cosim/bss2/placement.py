"""Routing: which column, bus, driver and label each neuron and source of a network gets on the chip.

The hardware fixes most of it. A neuron with signed inputs merges the circuits of one column in all hemispheres. Its
event output follows from its column and reaches one PADI bus per hemisphere, all with the same number; inputs from
the host reach any bus. A driver listens to all events of its bus whose row select agrees with its index in the bits
of the compare mask; the mask, equal for all drivers, cuts the drivers of a bus into groups. A synapse then picks one
source by its 6-bit label, so that a driver can serve one source for each layer of the network: within a group every
source has its own label, and two sources of the same layer never share a driver.

Neurons take the columns in order, hidden layers first, the readout last. The number of groups is the smallest power of
two with which drivers and labels suffice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.fabric.wiring import driver_bus
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.network.topology import Topology
from ...errors import DoesNotFitError

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerPlacement:
    """Circuits and drivers that one layer uses. columns: (neurons); hemisphere, driver: (sources)."""

    columns: Index
    hemisphere: Index
    driver: Index


@dataclass(frozen=True, eq=False)
class Sources:
    """Where the events of a population go: group and label on their bus, and the driver that listens to each of them.

    All arrays have one entry per source; `driver` counts within `hemisphere`.
    """

    group: Index
    label: Index
    hemisphere: Index
    driver: Index


@dataclass(frozen=True, eq=False)
class Routing:
    """A network on the chip. columns: per layer, the readout last. inputs, hidden: the sources of events."""

    topology: Topology
    spec: ChipSpec
    groups: int
    columns: tuple[Index, ...]
    inputs: Sources
    hidden: tuple[Sources, ...]

    def layers(self) -> tuple[LayerPlacement, ...]:
        """Return where each layer sits, the readout last."""
        placed = []
        for layer, columns in enumerate(self.columns):
            sources = self.sources(layer)
            hemisphere = np.concatenate([s.hemisphere for s in sources])
            placed.append(LayerPlacement(columns, hemisphere, np.concatenate([s.driver for s in sources])))
        return tuple(placed)

    def sources(self, layer: int) -> tuple[Sources, ...]:
        """Return the populations that feed a layer: the one below, then its own if it is recurrent."""
        below = self.inputs if layer == 0 else self.hidden[layer - 1]
        own = layer < len(self.hidden) and self.topology.recurrent[layer]
        return (below, self.hidden[layer]) if own else (below,)


@lru_cache(maxsize=16)
def route(topology: Topology, spec: ChipSpec) -> Routing:
    """Route a network. Raises `DoesNotFitError` with the resource that ran out, what is needed and what there is."""
    _check_counts(topology, spec)
    groups = 1
    while True:
        allocation = _Allocation(topology, spec, groups)
        problem = allocation.run()
        if problem is None:
            return allocation.routing()
        if 2 * groups > min(_group_limit(spec), spec.drivers // spec.padi_buses):
            raise DoesNotFitError(problem)
        groups *= 2


def _group_limit(spec: ChipSpec) -> int:
    """Groups that a neuron can choose from: its address holds its label and the low bits of its row select."""
    return 1 << max(0, spec.address_bits - spec.synapse_label_bits)


def _check_counts(topology: Topology, spec: ChipSpec) -> None:
    if topology.neurons > spec.columns:
        raise DoesNotFitError(
            f"network {topology} needs {topology.neurons} neurons, chip {spec.name!r} has {spec.columns} columns "
            f"for signed inputs; make the hidden layers {topology.neurons - spec.columns} neurons smaller"
        )
    room = spec.drivers * spec.hemispheres
    for layer in range(len(topology.hidden) + 1):
        fan_in = topology.fan_in(layer)
        if fan_in > room:
            raise DoesNotFitError(
                f"layer {layer + 1} of network {topology} needs {fan_in} signed inputs per neuron, "
                f"chip {spec.name!r} has {room} synapse drivers; remove {fan_in - room} sources"
            )


class _Allocation:
    """First fit with a given number of groups. Neurons come before inputs, which have more freedom."""

    def __init__(self, topology: Topology, spec: ChipSpec, groups: int) -> None:
        self.topology, self.spec, self.groups = topology, spec, groups
        edges = np.cumsum([0, *topology.sizes[1:]])
        self.columns = tuple(np.arange(a, b) for a, b in pairwise(edges))
        layers = len(topology.hidden) + 1
        self.free = np.ones((spec.hemispheres, spec.drivers, layers), bool)
        self.labels = np.zeros((spec.hemispheres, spec.padi_buses, groups), np.int64)  # next label
        self.rows: list[list[tuple[int, int, int, int]]] = []

    def run(self) -> str | None:
        """Place all sources; return None, or what ran out."""
        for layer in range(len(self.topology.hidden)):
            targets = [layer + 1, *([layer] if self.topology.recurrent[layer] else [])]
            placed = [self._neuron(column, targets) for column in self.columns[layer].tolist()]
            if None in placed:
                number = self._bus_of(int(self.columns[layer][placed.index(None)]))
                return self._problem(f"hidden layer {layer + 1}", f"bus number {number}")
            self.rows.append([place for place in placed if place is not None])
        inputs = []
        for _ in range(self.topology.inputs):
            place = self._input()
            if place is None:
                return self._problem("the inputs", "all buses")
            inputs.append(place)
        self.rows.insert(0, inputs)
        return None

    def _problem(self, what: str, where: str) -> str:
        spec = self.spec
        return (
            f"network {self.topology} runs out of synapse drivers or labels for {what} on {where} of chip "
            f"{spec.name!r}: a bus number has {spec.hemispheres * spec.drivers // spec.padi_buses} drivers and, in "
            f"{self.groups} groups, {self.groups << spec.synapse_label_bits} labels per bus; use fewer sources"
        )

    def _bus_of(self, column: int) -> int:
        return column // (self.spec.columns // self.spec.event_outputs) % self.spec.padi_buses

    def _drivers(self, bus: int, group: int, targets: list[int]) -> Iterator[tuple[int, int]]:
        """Yield the drivers (hemisphere, driver) of a group that are free for all target layers.

        The hemisphere with more free drivers comes first: its circuits' synaptic lines saturate later.
        """
        room = self.free[:, :, targets].sum(axis=(1, 2))
        for hemisphere in np.argsort(-room, kind="stable").tolist():
            for driver in range(self.spec.drivers):
                number, index = driver_bus(self.spec, driver)
                if number == bus and index % self.groups == group and self.free[hemisphere, driver, targets].all():
                    yield hemisphere, driver

    def _neuron(self, column: int, targets: list[int]) -> tuple[int, int, int, int] | None:
        """Place a neuron: its events reach one bus in each hemisphere, so its label must be free on all of them."""
        bus = self._bus_of(column)
        for group in np.argsort(self.labels[:, bus].max(axis=0), kind="stable").tolist():
            label = int(self.labels[:, bus, group].max())
            for hemisphere, driver in self._drivers(bus, group, targets):
                if label >> min(self.spec.synapse_label_bits, self.spec.address_bits):
                    break
                self.free[hemisphere, driver, targets] = False
                self.labels[:, bus, group] = label + 1
                return group, label, hemisphere, driver
        return None

    def _input(self) -> tuple[int, int, int, int] | None:
        """Place an input on the bus and group with the fewest labels in use."""
        order = np.argsort(self.labels, axis=None, kind="stable")
        for hemisphere, bus, group in zip(*np.unravel_index(order, self.labels.shape), strict=True):
            label = int(self.labels[hemisphere, bus, group])
            if label >> self.spec.synapse_label_bits:
                return None
            for side, driver in self._drivers(int(bus), int(group), [0]):
                if side == hemisphere:
                    self.free[hemisphere, driver, 0] = False
                    self.labels[hemisphere, bus, group] = label + 1
                    return int(group), label, int(hemisphere), driver
        return None

    def routing(self) -> Routing:
        """Return the finished routing."""
        inputs, *hidden = (Sources(*np.array(rows, np.int64).T) for rows in self.rows)
        return Routing(self.topology, self.spec, self.groups, self.columns, inputs, tuple(hidden))
