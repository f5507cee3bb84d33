"""What a placed network occupies on the chip, read off its configuration: synapses, drivers, labels, crossbar nodes.

Every event that the network can send is followed through the configuration; what it meets is in use. Populations are
numbered: 0 the inputs, then the layers of neurons, the readout last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.fabric.wiring import buses, crossbar_nodes, driver_bus, event_output
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.network.topology import Topology
from ...rtl.bss2.buildable import check_buildable
from ..chip_map import Mapped, Use, populations
from .chip import Bss2Chip
from .connectivity import event_synapses, input_sources, neuron_sources, nodes_reached
from .names import bus_names
from .placement import Routing, route
from .program import Program, configure, programmed_synapses

Index = NDArray[np.int64]
NOBODY = -1


@dataclass(frozen=True, eq=False)
class ChipMap:
    """Who uses what; arrays hold numbers of populations, or `NOBODY`.

    synapses: (hemispheres, rows, columns), whose events reach a programmed synapse. circuits: (hemispheres, columns),
    which layer sits there. labels: (buses, row-select groups, labels), who sends a label on a bus; drivers of a bus
    tell row selects apart as far as their compare masks go. receiver: bool (hemispheres, drivers). nodes: (nodes), how
    many sources send through a crossbar node. open_nodes: bool (nodes), whether a node takes some event at all.
    """

    topology: Topology
    spec: ChipSpec
    synapses: Index
    circuits: Index
    labels: Index
    receiver: NDArray[np.bool_]
    nodes: Index
    open_nodes: NDArray[np.bool_]


def chip_map(routing: Routing) -> ChipMap:
    """Configure the chip for a routed network and read off who uses what.

    Raises `ConfigError` for a design whose digital path cannot be built.
    """
    spec = check_buildable(routing.spec)
    program, programmed = configure(routing), programmed_synapses(routing)
    circuits = np.full(spec.hemispheres * spec.columns, NOBODY)
    for layer, merged in enumerate(routing.merged):
        circuits[merged[merged >= 0]] = layer + 1
    drivers, nodes = program.fabric.drivers, program.fabric.nodes
    mask = int(np.bitwise_or.reduce(drivers.compare_mask * drivers.receiver))
    shape = (buses(spec), mask + 1, 1 << spec.synapse_label_bits)
    out = ChipMap(
        routing.topology, spec, np.full(programmed.shape, NOBODY), circuits.reshape(-1, spec.columns),
        np.full(shape, NOBODY),
        drivers.receiver.reshape(spec.hemispheres, spec.drivers) == 1, np.zeros(len(nodes.mask), np.int64),
        nodes.target & ~nodes.mask == 0,
    )  # fmt: skip
    for _, event in input_sources(spec, program):
        _follow(out, program, programmed, 0, *event)
    for neuron, event in neuron_sources(spec, program).items():
        _follow(out, program, programmed, int(circuits[neuron]), *event)
    return out


def _follow(out: ChipMap, program: Program, programmed: Index, population: int, source: int, label: int) -> None:
    """Enter all that an event meets."""
    spec, fabric = out.spec, program.fabric
    low, row_select = label & (out.labels.shape[2] - 1), label >> spec.synapse_label_bits
    for node in nodes_reached(spec, fabric, source, label):
        out.nodes[node] += 1
        bus = crossbar_nodes(spec)[node].target
        if bus < buses(spec) and fabric.buses.enable_spl1[bus]:
            out.labels[bus, row_select & (out.labels.shape[1] - 1), low] = population
    for synapse in event_synapses(spec, fabric, program.synapse_label, programmed, source, label):
        out.synapses[synapse.hemisphere, synapse.row, synapse.column] = population


def usage(chip: ChipMap) -> list[Use]:
    """Return what is used of what there is."""
    spec, used, taken = chip.spec, chip.synapses != NOBODY, chip.circuits != NOBODY
    on_bus = (chip.labels != NOBODY).sum(axis=(1, 2))
    source, target = np.array(crossbar_nodes(spec)).T
    live = chip.nodes > 0
    from_link = (source >= spec.event_outputs) & (source < spec.event_outputs + spec.link_channels)
    senders = taken & (chip.circuits <= len(chip.topology.hidden))
    outputs = np.unique(event_output(spec, np.flatnonzero(senders))[0])
    return [
        Use("columns", int(taken.any(axis=0).sum()), spec.columns),
        Use("neuron circuits", int(taken.sum()), taken.size),
        Use("event outputs", len(outputs), spec.event_outputs),
        Use("synapse drivers", int(chip.receiver.sum()), chip.receiver.size),
        Use("synapse rows", int(used.any(axis=2).sum()), spec.rows * spec.hemispheres),
        Use("synapses", int(used.sum()), used.size),
        Use("PADI buses", int((on_bus > 0).sum()), buses(spec)),
        Use("labels on the fullest bus", int(on_bus.max()), chip.labels[0].size),
        Use("crossbar nodes", int(live.sum()), len(live)),
        Use("links in", len(set(source[live & from_link])), spec.link_channels),
        Use("links out", len(set(target[live & (target >= buses(spec))])), spec.link_channels),
    ]  # fmt: skip


def drivers_by_bus(chip: ChipMap) -> Index:
    """Return the drivers in use on each bus (buses)."""
    spec = chip.spec
    number = np.arange(spec.hemispheres)[:, None] * spec.padi_buses + driver_bus(spec, np.arange(spec.drivers))[0]
    return np.bincount(number[chip.receiver], minlength=buses(spec))


def mapped(topology: Topology, chip: Bss2Chip) -> Mapped:
    """See `cosim/chip_map.py`; the table has a row per bus."""
    placed = route(topology, chip.spec)
    found, names = chip_map(placed), populations(topology)[:-1]
    drivers = drivers_by_bus(found)
    buses_: list[dict[str, Any]] = []
    for bus, name in enumerate(bus_names(found.spec)):
        labels = {each: int((found.labels[bus] == k).sum()) for k, each in enumerate(names)}
        free = int((found.labels[bus] == NOBODY).sum())
        buses_.append({"bus": name, "drivers": int(drivers[bus]), "labels": labels, "labels_free": free})
    heads = ("bus", "drivers", *(f"labels of {name}" for name in names), "labels free")
    rows = [(row["bus"], row["drivers"], *row["labels"].values(), row["labels_free"]) for row in buses_]
    return Mapped(
        topology, placed.spec.name, usage(found), f"row-select groups per bus: {placed.groups}", heads, rows,
        {"row_select_groups": placed.groups, "buses": buses_}, found,
    )  # fmt: skip
