"""Placement of a feed-forward network over the HICANNs of a wafer.

A neuron merges `circuits_per_neuron` circuits, the same columns of both sides. It has one synapse per row and column,
so a source needs an excitatory and an inhibitory row of one driver in one of the neuron's columns. Sources have an
address on a line of the on-wafer bus, 64 to a line. A driver listens to one line, and its rows decode the upper two
bits of the address; so the sources that share a driver, one per column of a neuron, come from one group of 16.

Neurons are placed in order, layer by layer, on the first chip that has a usable site and enough free drivers for the
layer's sources. A site with a defective circuit is left out. All neurons of a chip send on one line (8-to-1 mergers),
whose last address belongs to the background generator that gives the bias; so there is room for 63.

The link of a chip with neurons brings the inputs on its seven other lines. A link carries only so many events: inputs
beyond `link_inputs` are dealt out to chips without neurons, which bring them in on their eight lines, and all chips of
the first layer hear these. Groups of 16 are dealt out in rounds, each of which begins one chip further on: neighbours,
which are often active together, are on different links, and so are the pixels of a column of an image. They use as
many lines as half of those of other chips that one can hear, for each has a buffer of its own. The routes of lines
across the wafer are not modelled: how many a chip hears is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.hicann.path.wiring import ENCODERS
from ...behavioral.hicann.spec import HicannSpec
from ...behavioral.topology import Topology
from ...errors import ConfigError, DoesNotFitError

Ints = NDArray[np.int64]


INPUT_LINES: Final = ENCODERS - 1
"""Lines that the link of a chip with neurons can bring inputs on, beside that of its neurons."""


@dataclass(frozen=True)
class Lines:
    """Numbers of the lines of a network: first those of its inputs.

    inputs: how many these are. chips: those that only bring inputs, a line of each in turn; without any, the link of
    each chip with neurons of the first layer brings all.
    """

    inputs: int
    chips: tuple[int, ...] = ()

    @property
    def generator(self) -> int:
        """The generator, on the line of each chip's own neurons."""
        return self.inputs

    def chip(self, chip: int) -> int:
        """Return the line of a chip's neurons."""
        return self.inputs + 1 + chip


@dataclass(frozen=True, eq=False)
class Sources:
    """Where the events of a population come from: line (see `Lines`) and address on it, (sources).

    group: (sources), numbers the groups that a row can decode, in the order in which they are given drivers.
    """

    line: Ints
    address: Ints
    group: Ints


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
    spec: HicannSpec
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


def place(topology: Topology, spec: HicannSpec, usable: Sequence[NDArray[np.bool_]]) -> Placement:
    """Place a network on chips with these maps of usable circuits, (sides, columns) each.

    Raises `ConfigError` for a recurrent network and `DoesNotFitError` with what ran out.
    """
    if any(topology.recurrent):
        raise ConfigError(f"network {topology}: rates can be trained without recurrent layers only")
    chips = [_free(spec, number, map_) for number, map_ in enumerate(usable)]
    lines, bringing, below = _inputs(topology.inputs, spec)
    layers = []
    for size in topology.sizes[1:]:
        sources = _with_bias(below, lines, spec)
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
        below = _sources(lines.chip(0) + on, address, spec)
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


def generator_address(spec: HicannSpec) -> int:
    """Return the address of the generator on the line of a chip's neurons; below it are those of the neurons."""
    return spec.line_addresses - 1


def _inputs(inputs: int, spec: HicannSpec) -> tuple[Lines, int, Sources]:
    """Deal out groups of inputs to lines; return also how many chips have to bring them in, and the sources."""
    group, low = np.divmod(np.arange(inputs), spec.group_addresses)
    groups, per_line = int(group[-1]) + 1, 1 << spec.driver_decoder_bits
    per_link = spec.link_inputs // spec.group_addresses
    if groups <= min(per_link, INPUT_LINES * per_line):
        bringing, dealt, channels = 0, min(groups, INPUT_LINES), 1
    else:
        bringing = dealt = -(-groups // per_link)
        least = -(-groups // (dealt * per_line))
        channels = max(least, min(groups // dealt, ENCODERS, spec.foreign_lines // 2 // dealt))
    turn, at = np.divmod(group, dealt)
    line = turn % channels * dealt + (turn + at) % dealt
    address = turn // channels * spec.group_addresses + low
    return Lines(dealt * channels), bringing, Sources(line, address, group)


def _sources(line: Ints, address: Ints, spec: HicannSpec) -> Sources:
    return Sources(line, address, (line << spec.driver_decoder_bits) + (address >> spec.synapse_decoder_bits))


def _with_bias(below: Sources, lines: Lines, spec: HicannSpec) -> Sources:
    bias = _sources(np.array([lines.generator]), np.array([generator_address(spec)]), spec)
    return Sources(*(np.append(getattr(below, name), value) for name, value in vars(bias).items()))


def _brought(lines: Lines, first: LayerPlacement) -> dict[int, int]:
    """Return how many inputs the link of each chip brings, without chips that bring none."""
    inputs = len(first.sources.line) - 1
    if not lines.chips:
        return dict.fromkeys(first.slots, inputs)
    counts = np.bincount(first.sources.line[:inputs] % len(lines.chips))
    return dict(zip(lines.chips, counts.tolist(), strict=True))


def _free(spec: HicannSpec, number: int, usable: NDArray[np.bool_]) -> _Chip:
    sites = usable.all(axis=0).reshape(-1, spec.neuron_columns).all(axis=1)
    first = (np.nonzero(sites)[0] * spec.neuron_columns)[: generator_address(spec)]
    return _Chip(number, first.tolist(), int((~sites).sum()))


def _first_fit(chips: list[_Chip], slots: dict[int, Slots], needed: int, spec: HicannSpec) -> _Chip | None:
    for chip in chips:
        room = chip.number in slots or chip.drivers + needed <= spec.sides * spec.drivers
        if chip.sites and room:
            return chip
    return None


def _groups(sources: Sources) -> list[Ints]:
    """Return the sources of each group, in order."""
    return [np.nonzero(sources.group == number)[0] for number in np.unique(sources.group)]


def _drivers(sources: Sources, spec: HicannSpec) -> int:
    return sum(-(-len(group) // spec.neuron_columns) for group in _groups(sources))


def _slots(sources: Sources, spec: HicannSpec, first: int) -> Slots:
    """Give the sources drivers from number `first` on; drivers count through both sides in turn."""
    driver, column = np.empty((2, len(sources.line)), np.int64)
    for group in _groups(sources):
        order = np.arange(len(group))
        driver[group], column[group] = first + order // spec.neuron_columns, order % spec.neuron_columns
        first += -(-len(group) // spec.neuron_columns)
    return Slots(driver % spec.sides, driver // spec.sides, column)


def _use(chip: _Chip, spec: HicannSpec, inputs: int) -> ChipUse:
    return ChipUse(
        chip.number, inputs, chip.neurons, chip.neurons * spec.circuits_per_neuron, chip.defective, chip.drivers,
        chip.synapses, len(chip.heard),
    )  # fmt: skip
