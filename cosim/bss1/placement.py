"""Placement of a feed-forward network over the HICANNs of a wafer.

A neuron merges `circuits_per_neuron` circuits, the same columns of both sides. It has one synapse per row and column,
so a source needs an excitatory and an inhibitory row of one driver in one of the neuron's columns. Sources have an
address on a line of the on-wafer bus, 64 to a line. A driver listens to one line, and its rows decode the upper two
bits of the address; so the sources that share a driver, one per column of a neuron, come from one group of 16.

Neurons are placed in order, layer by layer, on the first chip that has a usable site and enough free drivers for the
layer's sources. A site with a defective circuit is left out. All neurons of a chip send on one line (8-to-1 mergers),
whose last address belongs to the background generator that gives the bias; so there is room for 63.

Inputs come over the links of chips with neurons, or of chips that only bring inputs (`sources.py`). The routes of lines
across the wafer are not modelled: how many a chip hears is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.spec import Bss1Spec
from ...behavioral.network.topology import Topology
from ...behavioral.network.wiring import USUAL
from ...errors import ConfigError, DoesNotFitError
from .sources import Lines, Sources, generator_address, input_sources, sources_on, with_generator

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Slots:
    """Where the synapses of one layer's sources sit on one chip, (sources): the same in all its neurons.

    driver: of the side; row 2 · driver is excitatory, the next one inhibitory. column: within the neuron.
    """

    side: Ints
    driver: Ints
    column: Ints


@dataclass(frozen=True, eq=False)
class LayerPlacement:
    """One layer: chip, first column and address of each neuron; its sources, the bias last; and their slots by chip."""

    chip: Ints
    column: Ints
    address: Ints
    sources: Sources
    slots: dict[int, Slots]


@dataclass(frozen=True)
class ChipUse:
    """What one chip is used for. inputs: that its link brings. lines: of the bus that its drivers listen to."""

    chip: int
    inputs: int
    neurons: int
    circuits: int
    defective_sites: int
    drivers: int
    synapses: int
    lines: int


@dataclass(frozen=True, eq=False)
class Placement:
    """A placed network, its layers with the readout last, and what it uses of each chip."""

    topology: Topology
    spec: Bss1Spec
    lines: Lines
    layers: tuple[LayerPlacement, ...]
    chips: tuple[ChipUse, ...]


@dataclass
class _Chip:
    """What is still free on a chip. sites: first columns of usable neurons. heard: numbers of lines."""

    number: int
    sites: list[int]
    defective: int
    drivers: int = 0
    neurons: int = 0
    synapses: int = 0
    heard: frozenset[int] = frozenset()


def place(topology: Topology, spec: Bss1Spec, usable: Sequence[NDArray[np.bool_]]) -> Placement:
    """Place a network on chips with these maps of usable circuits, (sides, columns) each.

    Raises `ConfigError` for a recurrent network and `DoesNotFitError` with what ran out.
    """
    if not topology.usual_neurons or any(wiring != USUAL for wiring in topology.wiring):
        raise ConfigError(f"network {topology}: a wafer has nominal neurons with all-to-all connections only here")
    if any(topology.recurrent) or not topology.chain:
        raise ConfigError(f"network {topology}: a wafer has chains of layers without loops only here; leave them out")
    chips = [_free(spec, number, map_) for number, map_ in enumerate(usable)]
    lines, bringing, below = input_sources(topology.inputs, spec)
    layers = []
    for size in topology.sizes[1:]:
        sources = with_generator(below, lines, spec)
        needed = _drivers(sources, spec)
        if needed > spec.sides * spec.drivers:
            raise DoesNotFitError(
                f"a layer of network {topology} needs {needed} synapse drivers for {len(sources.line) - 1} sources and "
                f"the bias, a chip {spec.name!r} has {spec.sides * spec.drivers}; merge more circuits per neuron "
                f"(circuits_per_neuron = {spec.circuits_per_neuron})"
            )
        on, column, address = np.empty((3, size), np.int64)
        slots: dict[int, Slots] = {}
        for neuron in range(size):
            chip = _first_fit(chips, slots, needed, spec)
            if chip is None:
                raise DoesNotFitError(
                    f"network {topology} does not fit on {len(chips)} chips {spec.name!r} of at most "
                    f"{min(spec.neurons, generator_address(spec))} neurons; use more chips"
                )
            if chip.number not in slots:
                slots[chip.number] = _slots(sources, spec, chip.drivers)
                chip.drivers += needed
                chip.heard |= {lines.chip(chip.number) if n == lines.generator else n for n in sources.line.tolist()}
            on[neuron], column[neuron], address[neuron] = chip.number, chip.sites.pop(0), chip.neurons
            chip.neurons += 1
            chip.synapses += 2 * len(sources.line)
        layers.append(LayerPlacement(on, column, address, sources, slots))
        below = sources_on(lines.chip(0) + on, address, spec)
    free = [chip.number for chip in chips if not chip.neurons]
    if len(free) < bringing:
        raise DoesNotFitError(
            f"network {topology}: its {topology.inputs} inputs need {bringing} chips that only bring them in, "
            f"{spec.link_inputs} at most over the link of each (link_inputs); {len(free)} of {len(chips)} chips "
            f"{spec.name!r} have no neurons; use more chips"
        )
    lines = replace(lines, chips=tuple(free[:bringing]))
    brought = _brought(lines, layers[0])
    used = [chip for chip in chips if chip.neurons or chip.number in brought]
    uses = tuple(_use(chip, spec, brought.get(chip.number, 0)) for chip in used)
    return Placement(topology, spec, lines, tuple(layers), uses)


def _brought(lines: Lines, first: LayerPlacement) -> dict[int, int]:
    """Return how many inputs the link of each chip brings, without chips that bring none."""
    inputs = len(first.sources.line) - 1
    if not lines.chips:
        return dict.fromkeys(first.slots, inputs)
    counts = np.bincount(first.sources.line[:inputs] % len(lines.chips))
    return dict(zip(lines.chips, counts.tolist(), strict=True))


def _free(spec: Bss1Spec, number: int, usable: NDArray[np.bool_]) -> _Chip:
    sites = usable.all(axis=0).reshape(-1, spec.neuron_columns).all(axis=1)
    first = (np.nonzero(sites)[0] * spec.neuron_columns)[: generator_address(spec)]
    return _Chip(number, first.tolist(), int((~sites).sum()))


def _first_fit(chips: list[_Chip], slots: dict[int, Slots], needed: int, spec: Bss1Spec) -> _Chip | None:
    for chip in chips:
        room = chip.number in slots or chip.drivers + needed <= spec.sides * spec.drivers
        if chip.sites and room:
            return chip
    return None


def _groups(sources: Sources) -> list[Ints]:
    """Return the sources of each group, in order."""
    return [np.nonzero(sources.group == number)[0] for number in np.unique(sources.group)]


def _drivers(sources: Sources, spec: Bss1Spec) -> int:
    return sum(-(-len(group) // spec.neuron_columns) for group in _groups(sources))


def _slots(sources: Sources, spec: Bss1Spec, first: int) -> Slots:
    """Give the sources drivers from number `first` on; drivers count through both sides in turn."""
    driver, column = np.empty((2, len(sources.line)), np.int64)
    for group in _groups(sources):
        order = np.arange(len(group))
        driver[group], column[group] = first + order // spec.neuron_columns, order % spec.neuron_columns
        first += -(-len(group) // spec.neuron_columns)
    return Slots(driver % spec.sides, driver // spec.sides, column)


def _use(chip: _Chip, spec: Bss1Spec, inputs: int) -> ChipUse:
    return ChipUse(
        chip.number, inputs, chip.neurons, chip.neurons * spec.circuits_per_neuron, chip.defective, chip.drivers,
        chip.synapses, len(chip.heard),
    )  # fmt: skip
