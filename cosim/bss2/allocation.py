"""First fit of sources to synapse drivers, rows and labels, with a given number of groups (`placement.py`)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.fabric.wiring import driver_bus
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.network.topology import Topology
from .circuits import Block, Blocks

Index = NDArray[np.int64]


class Seat(NamedTuple):
    """Where the events of a source arrive for a block of a layer.

    source: its row in the weights of the layer. place: which circuit of the neurons. row_exc, row_inh: rows of the
    hemisphere, −1 where its weights never have that sign. label: of its events.
    """

    source: int
    block: int
    place: int
    hemisphere: int
    driver: int
    row_exc: int
    row_inh: int
    label: int


class Wish(NamedTuple):
    """A seat that a source needs. neurons: of the block, counted in it. sign: of its weights, 0 for both."""

    layer: int
    source: int
    block: int
    neurons: Index
    sign: int


class Allocation:
    """Looks for seats: of neurons first, then of inputs, which have more freedom.

    sent: events per population, the inputs first: rows of source, bus, group, label; the bus of a neuron is −1.
    """

    def __init__(self, topology: Topology, spec: ChipSpec, groups: int, blocks: tuple[Blocks, ...]) -> None:
        self.topology, self.spec, self.groups, self.blocks = topology, spec, groups, blocks
        self.free = np.ones((spec.hemispheres, spec.rows, spec.columns), bool)
        self.sign = np.zeros((spec.hemispheres, spec.rows), np.int64)  # of a row, 0 while it may have any
        self.taken = np.zeros((spec.hemispheres, len(blocks)), np.int64)  # drivers, per layer
        self.labels = np.zeros((spec.hemispheres, spec.padi_buses, groups), np.int64)  # next label
        self.seats: list[list[Seat]] = [[] for _ in blocks]
        self.sent: list[list[tuple[int, int, int, int]]] = []
        bus, index = driver_bus(spec, np.arange(spec.drivers))
        self.drivers = [
            [np.flatnonzero((bus == b) & (index % groups == g)) for g in range(groups)] for b in range(spec.padi_buses)
        ]

    def run(self) -> str | None:
        """Place all sources; return None, or what ran out."""
        for layer in range(len(self.topology.hidden)):
            self.sent.append([])
            first = np.concatenate([block.column for block in self.blocks[layer]])
            for n, column in enumerate(first.tolist()):
                bus = column // (self.spec.columns // self.spec.event_outputs) % self.spec.padi_buses
                if not self._neuron(layer, n, bus):
                    return self._problem(f"hidden layer {layer + 1}", f"bus number {bus}")
        self.sent.insert(0, [])
        for n in range(self.topology.inputs):
            if not self._input(n):
                return self._problem("the inputs", "all buses")
        return None

    def seated(self) -> tuple[tuple[Seat, ...], ...]:
        """Return the seats of all layers, by block and source."""
        return tuple(tuple(sorted(seats, key=lambda seat: (seat.block, seat.source))) for seats in self.seats)

    def _problem(self, what: str, where: str) -> str:
        spec = self.spec
        return (
            f"network {self.topology} runs out of synapse drivers or labels for {what} on {where} of chip "
            f"{spec.name!r}: a bus number has {spec.hemispheres * spec.drivers // spec.padi_buses} drivers and, in "
            f"{self.groups} groups, {self.groups << spec.synapse_label_bits} labels per bus; use fewer sources"
        )

    def _wishes(self, population: int, n: int) -> list[Wish]:
        """Return the seats that source n of a population needs: 0 the inputs, k hidden layer k."""
        out = []
        for layer, feeds in enumerate(self.topology.feeds):
            row, rows = 0, []
            for source in feeds:
                if source == population:
                    rows.append(row + n)
                row += self.topology.sizes[source]
            if population == layer + 1 and layer < len(self.topology.hidden) and self.topology.recurrent[layer]:
                rows.append(row + n)
            wiring = self.topology.wiring[layer]
            for source in rows:
                sign = 0 if wiring.signs is None else wiring.signs[source]
                for number, block in enumerate(self.blocks[layer]):
                    neurons = np.arange(block.stop - block.start)
                    if wiring.mask is not None:
                        neurons = np.flatnonzero(wiring.mask.array[source, block.start : block.stop])
                    if len(neurons):
                        out.append(Wish(layer, source, number, neurons, sign))
        return out

    def _neuron(self, layer: int, n: int, bus: int) -> bool:
        """Place a neuron: its events reach one bus in each hemisphere, so its label must be free on all of them."""
        wishes, limit = self._wishes(layer + 1, n), min(self.spec.synapse_label_bits, self.spec.address_bits)
        for together in (True, False):
            for group in np.argsort(self.labels[:, bus].max(axis=0), kind="stable").tolist():
                label = int(self.labels[:, bus, group].max())
                if label >> limit:
                    break
                sides = range(self.spec.hemispheres)
                if self._seat(wishes, self.drivers[bus][group], sides, label, together=together):
                    self.labels[:, bus, group] = label + 1
                    self.sent[-1].append((n, -1, group, label))
                    return True
        return False

    def _input(self, n: int) -> bool:
        """Place an input on the bus and group with the fewest labels in use, or else on several."""
        wishes = self._wishes(0, n)
        for _, place in self._emptiest():
            if self._send(n, wishes, place, together=True):
                return True
        own: list[tuple[int, int, int]] = []
        for wish in wishes:
            if any(self._seat_at([wish], place, self._label(n, place)) for place in own):
                continue
            for _, place in self._emptiest():
                if self._send(n, [wish], place, together=False):
                    own.append(place)
                    break
            else:
                return False
        return True

    def _emptiest(self) -> Iterator[tuple[int, tuple[int, int, int]]]:
        """Yield label and (hemisphere, bus, group) of those that have labels left."""
        order = np.argsort(self.labels, axis=None, kind="stable")
        for flat in order.tolist():
            hemisphere, bus, group = (int(i) for i in np.unravel_index(flat, self.labels.shape))
            label = int(self.labels[hemisphere, bus, group])
            if label >> self.spec.synapse_label_bits:
                return
            yield label, (hemisphere, bus, group)

    def _send(self, n: int, wishes: list[Wish], place: tuple[int, int, int], *, together: bool) -> bool:
        """Let an input send there, if all that it is to reach finds a seat."""
        label = int(self.labels[place])
        if not self._seat_at(wishes, place, label, together=together):
            return False
        self.labels[place] = label + 1
        hemisphere, bus, group = place
        self.sent[0].append((n, hemisphere * self.spec.padi_buses + bus, group, label))
        return True

    def _label(self, n: int, place: tuple[int, int, int]) -> int:
        hemisphere, bus, group = place
        at = (n, hemisphere * self.spec.padi_buses + bus, group)
        return next(label for *where, label in reversed(self.sent[0]) if tuple(where) == at)

    def _seat_at(self, wishes: list[Wish], place: tuple[int, int, int], label: int, *, together: bool = False) -> bool:
        hemisphere, bus, group = place
        return self._seat(wishes, self.drivers[bus][group], (hemisphere,), label, together=together)

    def _seat(
        self, wishes: list[Wish], drivers: Index, sides: range | tuple[int, ...], label: int, *, together: bool
    ) -> bool:
        """Take a seat for each wish, all at one driver or each where there is one; all or none.

        The hemisphere with more free drivers comes first: its circuits' synaptic lines saturate later.
        """
        order = self._by_room(wishes, sides)
        apart = len({(wish.layer, wish.block) for wish in wishes}) < len(
            wishes
        )  # a row has one synapse for each circuit
        if together and (apart or len({wish.sign for wish in wishes}) > 1):  # and one sign
            return False
        if together:
            for side in order:
                options = [self._options(wish, drivers, side) for wish in wishes]
                common = set(drivers.tolist()).intersection(*(option.keys() for option in options))
                if common:
                    driver = min(common)
                    for wish, option in zip(wishes, options, strict=True):
                        self._take(wish, label, option[driver])
                    return True
            return not wishes
        before = self.free.copy(), self.sign.copy(), self.taken.copy()
        lengths = [len(seats) for seats in self.seats]
        for wish in wishes:
            found = [option for side in order if (option := self._options(wish, drivers, side))]
            if not found:
                self.free, self.sign, self.taken = before
                for seats, length in zip(self.seats, lengths, strict=True):
                    del seats[length:]
                return False
            self._take(wish, label, found[0][min(found[0])])
        return True

    def _by_room(self, wishes: list[Wish], sides: range | tuple[int, ...]) -> list[int]:
        layers = [wish.layer for wish in wishes]
        return sorted(sides, key=lambda side: self.taken[side, layers].sum())

    def _options(self, wish: Wish, drivers: Index, side: int) -> dict[int, tuple[int, int, int, int, int]]:
        """Return by driver what is free for a wish in a hemisphere: place, hemisphere, driver, row_exc, row_inh."""
        block: Block = self.blocks[wish.layer][wish.block]
        out: dict[int, tuple[int, int, int, int, int]] = {}
        bottom, top = 2 * drivers, 2 * drivers + 1
        for place, (hemisphere, offset) in enumerate(block.places):
            if hemisphere != side:
                continue
            columns = block.column[wish.neurons] + offset
            if wish.sign == 0:
                ok = self._open(side, top, columns, 1) & self._open(side, bottom, columns, -1)
                for driver in drivers[ok].tolist():
                    out.setdefault(driver, (place, side, driver, 2 * driver + 1, 2 * driver))
                continue
            for rows in (top, bottom):
                for row in rows[self._open(side, rows, columns, wish.sign)].tolist():
                    signed = (row, -1) if wish.sign > 0 else (-1, row)
                    out.setdefault(row // 2, (place, side, row // 2, *signed))
        return out

    def _open(self, side: int, rows: Index, columns: Index, sign: int) -> NDArray[np.bool_]:
        """Whether rows may have a sign and are free on all of these columns."""
        fits = (self.sign[side, rows] == 0) | (self.sign[side, rows] == sign)
        return np.asarray(fits & self.free[side, rows][:, columns].all(axis=1))

    def _take(self, wish: Wish, label: int, option: tuple[int, int, int, int, int]) -> None:
        place, side, _, row_exc, row_inh = option
        block: Block = self.blocks[wish.layer][wish.block]
        columns = block.column[wish.neurons] + block.places[place][1]
        for row, sign in ((row_exc, 1), (row_inh, -1)):
            if row >= 0:
                self.free[side, row, columns] = False
                self.sign[side, row] = sign
        self.taken[side, wish.layer] += 1
        self.seats[wish.layer].append(Seat(wish.source, wish.block, *option, label))
