"""The network that a configuration makes, read off the configuration alone: the proof of the router.

An event is followed through crossbar nodes, buses, drivers and synapse labels to all programmed synapses it reaches.
Nothing here knows how the router chose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss2.fabric.config import FabricConfig
from ...behavioral.bss2.fabric.wiring import buses, crossbar_nodes, driver_bus, event_output, neurons
from ...behavioral.bss2.spec import ChipSpec
from .placement import Routing
from .program import Program

Index = NDArray[np.int64]


class Synapse(NamedTuple):
    """One synapse that an event reaches."""

    hemisphere: int
    row: int
    column: int
    excitatory: bool


def event_synapses(
    spec: ChipSpec, fabric: FabricConfig, labels: Index, programmed: Index, source: int, label: int
) -> list[Synapse]:
    """Return the synapses that an event at crossbar input `source` reaches, as often as it reaches them.

    labels: (hemispheres, rows, columns). programmed: the same shape, not 0 where a synapse has a weight.
    """
    low = label & ((1 << spec.synapse_label_bits) - 1)
    row_select = label >> spec.synapse_label_bits & ((1 << spec.row_select_bits) - 1)
    out = []
    for node in nodes_reached(spec, fabric, source, label):
        bus = crossbar_nodes(spec)[node].target
        if bus >= buses(spec) or not fabric.buses.enable_spl1[bus]:
            continue
        hemisphere = bus // spec.padi_buses
        for driver in range(spec.drivers):
            number, index = driver_bus(spec, driver)
            at = hemisphere * spec.drivers + driver
            mask = fabric.drivers.compare_mask[at]
            if number != bus % spec.padi_buses or not fabric.drivers.receiver[at] or (row_select ^ index) & mask:
                continue
            sent = low if fabric.drivers.address_out[at] else low & (1 << (spec.synapse_label_bits - 1))
            for row, modes in ((2 * driver, "bottom"), (2 * driver + 1, "top")):
                hit = np.flatnonzero((labels[hemisphere, row] == sent) & (programmed[hemisphere, row] != 0))
                for kind in ("exc", "inh"):
                    if getattr(fabric.drivers, f"{kind}_{modes}")[at]:
                        out += [Synapse(hemisphere, row, column, kind == "exc") for column in hit.tolist()]
    return out


def nodes_reached(spec: ChipSpec, fabric: FabricConfig, source: int, label: int) -> Iterator[int]:
    """Yield the crossbar nodes that take an event at crossbar input `source`."""
    for node, (start, _) in enumerate(crossbar_nodes(spec)):
        if start == source and label & fabric.nodes.mask[node] == fabric.nodes.target[node]:
            yield node


def connections(spec: ChipSpec, program: Program, programmed: Index) -> tuple[Index, Index]:
    """Return how many excitatory and inhibitory synapses each source has on each column.

    Both arrays: (inputs + neuron circuits, columns, 2), inputs first; the last axis counts (excitatory, inhibitory).
    The second array is that of the neuron circuits.
    """
    inputs = np.zeros((len(program.input_label), spec.columns, 2), np.int64)
    own = np.zeros((neurons(spec), spec.columns, 2), np.int64)
    parts = (inputs, input_sources(spec, program)), (own, neuron_sources(spec, program))
    for counts, events in parts:
        for n, (source, label) in events.items():
            for synapse in event_synapses(spec, program.fabric, program.synapse_label, programmed, source, label):
                counts[n, synapse.column, 0 if synapse.excitatory else 1] += 1
    return inputs, own


def input_sources(spec: ChipSpec, program: Program) -> dict[int, tuple[int, int]]:
    """Return crossbar input and label of the events of each input."""
    events = zip(program.input_channel.tolist(), program.input_label.tolist(), strict=True)
    return {i: (spec.event_outputs + channel, label) for i, (channel, label) in enumerate(events)}


def neuron_sources(spec: ChipSpec, program: Program) -> dict[int, tuple[int, int]]:
    """Return crossbar input and label of the spikes of each neuron circuit that sends."""
    found, settings = {}, program.fabric.neurons
    for n in np.flatnonzero(settings.enable).tolist():
        output, _ = event_output(spec, n)
        found[n] = output, output << spec.address_bits | int(settings.address[n])
    return found


def requested(routing: Routing) -> tuple[Index, Index]:
    """Return what `connections` must give: one synapse of each sign per connection of the network."""
    spec, topology = routing.spec, routing.topology
    inputs = np.zeros((topology.inputs, spec.columns, 2), np.int64)
    inputs[:, routing.columns[0]] = 1
    own = np.zeros((neurons(spec), spec.columns, 2), np.int64)
    for layer in range(len(topology.hidden)):
        own[np.ix_(routing.columns[layer], routing.columns[layer + 1])] = 1
        if topology.recurrent[layer]:
            own[np.ix_(routing.columns[layer], routing.columns[layer])] = 1
    return inputs, own
