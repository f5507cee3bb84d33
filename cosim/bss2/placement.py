"""Routing: which circuits, buses, drivers, rows and labels the neurons and sources of a network get on the chip.

The hardware fixes most of it. The event output of a neuron follows from the column of its first circuit and reaches one
PADI bus per hemisphere, all with the same number; an event from the host reaches one bus, which its label picks. A
driver listens to all events of its bus whose row select agrees with its index in the bits of the compare mask; the
mask, equal for all drivers, cuts the drivers of a bus into groups. A synapse then picks one source by its 6-bit label,
so that a row can serve one source on each column: within a group every source of a bus has its own label.

A source of signed weights takes both rows of a driver, one of a single sign one row. A source that feeds several
layers, or a layer whose neurons lie in several places (`circuits.py`), has a seat for each. Where it has several seats
on different buses, the host sends an event to each. `allocation.py` looks for seats; the number of groups is the
smallest power of two with which drivers and labels suffice.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.network.topology import Topology
from ...errors import DoesNotFitError
from .allocation import Allocation, Seat
from .circuits import Block, Blocks, rows_needed, take_circuits

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerPlacement:
    """Circuits and drivers that one layer uses.

    circuits: (neurons, circuits), −1 where a neuron has fewer. place, hemisphere, driver: (blocks · fan-in), where the
    events of each source arrive for each block of neurons, in its circuit `place`; 0 where it feeds none of them.
    blocks: first and last neuron of each.
    """

    circuits: Index
    place: Index
    hemisphere: Index
    driver: Index
    blocks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class Synapses:
    """The synapses of a layer's connections, one entry each. source, neuron: row and column of the layer's weights.

    index: in the flat array (hemispheres, rows, columns). sign: 1 excitatory, −1 inhibitory. label: of the source.
    """

    source: Index
    neuron: Index
    index: Index
    sign: Index
    label: Index


@dataclass(frozen=True, eq=False)
class Sent:
    """Events that sources send, one entry each. source: which one. bus: of the chip, for inputs; group, label there."""

    source: Index
    bus: Index
    group: Index
    label: Index


@dataclass(frozen=True, eq=False)
class Routing:
    """A network on the chip. blocks: per layer, the readout last, as `seats`. inputs, hidden: the events of sources."""

    topology: Topology
    spec: ChipSpec
    groups: int
    blocks: tuple[Blocks, ...]
    seats: tuple[tuple[Seat, ...], ...]
    inputs: Sent
    hidden: tuple[Sent, ...]

    @cached_property
    def circuits(self) -> tuple[Index, ...]:
        """First circuit of the neurons of each layer, the readout last; hemisphere · columns + column."""
        return tuple(np.concatenate([b.circuits(self.spec)[:, 0] for b in blocks] or [_NONE]) for blocks in self.blocks)

    @cached_property
    def merged(self) -> tuple[Index, ...]:
        """All circuits of the neurons of each layer, (neurons, circuits), the first one first, −1 for none."""
        return tuple(_stacked([block.circuits(self.spec) for block in blocks]) for blocks in self.blocks)

    @cached_property
    def layers(self) -> tuple[LayerPlacement, ...]:
        """Where each layer sits, the readout last."""
        return tuple(self._layer(layer) for layer in range(len(self.blocks)))

    def _layer(self, layer: int) -> LayerPlacement:
        blocks, fan_in = self.blocks[layer], self.topology.fan_in(layer)
        where = np.zeros((3, max(1, len(blocks)), fan_in), np.int64)  # place, hemisphere, driver
        for seat in self.seats[layer]:
            where[:, seat.block, seat.source] = seat.place, seat.hemisphere, seat.driver
        edges = tuple((block.start, block.stop) for block in blocks)
        place, hemisphere, driver = where.reshape(3, -1)
        return LayerPlacement(self.merged[layer], place, hemisphere, driver, edges)

    @cached_property
    def synapses(self) -> tuple[Synapses, ...]:
        """The synapses of each layer, the readout last."""
        return tuple(self._synapses(layer) for layer in range(len(self.blocks)))

    def _synapses(self, layer: int) -> Synapses:
        spec, parts = self.spec, []
        for seat in self.seats[layer]:
            block = self.blocks[layer][seat.block]
            neuron = targets(self.topology, layer, block, seat.source)
            column = block.column[neuron - block.start] + block.places[seat.place][1]
            for row, sign in ((seat.row_exc, 1), (seat.row_inh, -1)):
                if row >= 0:
                    index = (seat.hemisphere * spec.rows + row) * spec.columns + column
                    fixed = np.full((3, len(neuron)), [[seat.source], [sign], [seat.label]])
                    parts.append(np.stack([fixed[0], neuron, index, fixed[1], fixed[2]]))
        return Synapses(*(np.concatenate(parts, axis=1) if parts else np.empty((5, 0), np.int64)))


_NONE = np.empty(0, np.int64)


def _stacked(parts: list[Index]) -> Index:
    width = max((part.shape[1] for part in parts), default=1)
    padded = [np.pad(part, ((0, 0), (0, width - part.shape[1])), constant_values=-1) for part in parts]
    return np.concatenate(padded or [np.empty((0, width), np.int64)])


def targets(topology: Topology, layer: int, block: Block, source: int) -> Index:
    """Return the neurons of a block, counted in their layer, that a source of the layer is connected to."""
    mask = topology.wiring[layer].mask
    if mask is None:
        return np.arange(block.start, block.stop)
    return np.flatnonzero(mask.array[source, block.start : block.stop]) + block.start


@lru_cache(maxsize=16)
def route(topology: Topology, spec: ChipSpec) -> Routing:
    """Route a network. Raises `DoesNotFitError` with the resource that ran out, what is needed and what there is."""
    blocks = take_circuits(topology, spec)
    _check_fan_in(topology, spec, blocks)
    groups = 1
    while True:
        allocation = Allocation(topology, spec, groups, blocks)
        problem = allocation.run()
        if problem is None:
            inputs, *hidden = (Sent(*np.array(rows, np.int64).reshape(-1, 4).T) for rows in allocation.sent)
            return Routing(topology, spec, groups, blocks, allocation.seated(), inputs, tuple(hidden))
        if 2 * groups > min(_group_limit(spec), spec.drivers // spec.padi_buses):
            raise DoesNotFitError(problem)
        groups *= 2


def _group_limit(spec: ChipSpec) -> int:
    """Groups that a neuron can choose from: its address holds its label and the low bits of its row select."""
    return 1 << max(0, spec.address_bits - spec.synapse_label_bits)


def _check_fan_in(topology: Topology, spec: ChipSpec, blocks: tuple[Blocks, ...]) -> None:
    for layer, each in enumerate(blocks):
        for block in each:
            needed = rows_needed(topology, layer, slice(block.start, block.stop))
            room = len(block.places) * spec.rows
            if needed > room:
                signed = topology.wiring[layer].signs is None
                what = "signed inputs" if signed else "rows for its inputs"
                need, have = (-(-needed // 2), room // 2) if signed else (needed, room)
                raise DoesNotFitError(
                    f"layer {layer + 1} of network {topology} needs {need} {what} per neuron, its {len(block.places)} "
                    f"circuits on chip {spec.name!r} have {have}; remove {need - have} sources or give it more circuits"
                )
