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


def connections(spec: ChipSpec, program: Program, programmed: Index, inputs: int) -> tuple[Index, Index]:
    """Return how many excitatory and inhibitory synapses each source has on each circuit.

    Arrays: (inputs, circuits, 2) and (circuits, circuits, 2), of neurons by their first circuit; the last axis counts
    (excitatory, inhibitory).
    """
    host = np.zeros((inputs, neurons(spec), 2), np.int64)
    own = np.zeros((neurons(spec), neurons(spec), 2), np.int64)
    sent = [(host, n, *event) for n, event in input_sources(spec, program)]
    sent += [(own, n, *event) for n, event in neuron_sources(spec, program).items()]
    for counts, n, source, label in sent:
        for synapse in event_synapses(spec, program.fabric, program.synapse_label, programmed, source, label):
            circuit = synapse.hemisphere * spec.columns + synapse.column
            counts[n, circuit, 0 if synapse.excitatory else 1] += 1
    return host, own


def input_sources(spec: ChipSpec, program: Program) -> list[tuple[int, tuple[int, int]]]:
    """Return the events of inputs: which one, and crossbar input and label."""
    columns = program.input_source.tolist(), program.input_channel.tolist(), program.input_label.tolist()
    return [(n, (spec.event_outputs + channel, label)) for n, channel, label in zip(*columns, strict=True)]


def neuron_sources(spec: ChipSpec, program: Program) -> dict[int, tuple[int, int]]:
    """Return crossbar input and label of the spikes of each neuron circuit that sends."""
    found, settings = {}, program.fabric.neurons
    for n in np.flatnonzero(settings.enable).tolist():
        output, _ = event_output(spec, n)
        found[n] = output, output << spec.address_bits | int(settings.address[n])
    return found


def requested(routing: Routing) -> tuple[Index, Index]:
    """Return what `extracted` must give: one synapse of each sign that it may have per connection of the network.

    Arrays: (inputs, neurons, 2) and (neurons, neurons, 2); neurons of all layers in order, the readout last.
    """
    topology = routing.topology
    first = np.cumsum([0, *topology.sizes[1:]])
    host = np.zeros((topology.inputs, topology.neurons, 2), np.int64)
    own = np.zeros((topology.neurons, topology.neurons, 2), np.int64)
    for layer, feeds in enumerate(topology.feeds):
        wiring, columns = topology.wiring[layer], slice(first[layer], first[layer + 1])
        wanted = np.ones((topology.fan_in(layer), topology.sizes[layer + 1], 2), np.int64)
        if wiring.mask is not None:
            wanted *= wiring.mask.array[:, :, None]
        if wiring.signs is not None:
            wanted *= (np.array([1, -1]) * np.array(wiring.signs)[:, None] >= 0)[:, None]
        row = 0
        looped = layer < len(topology.hidden) and topology.recurrent[layer]
        for source in (*feeds, *([layer + 1] if looped else [])):
            part = wanted[row : row + topology.sizes[source]]
            row += topology.sizes[source]
            if source == 0:
                host[:, columns] += part
            else:
                own[first[source - 1] : first[source], columns] += part
    return host, own


def extracted(routing: Routing, program: Program, programmed: Index) -> tuple[Index, Index]:
    """Return `connections` by neurons instead of circuits, as `requested` counts them.

    Raises `AssertionError` if an event reaches a circuit that is part of no neuron.
    """
    host, own = connections(routing.spec, program, programmed, routing.topology.inputs)
    first = np.concatenate(routing.circuits)
    member = np.zeros((host.shape[1], routing.topology.neurons), np.int64)
    number = 0
    for merged in routing.merged:
        for circuits in merged:
            member[circuits[circuits >= 0], number] += 1
            number += 1
    assert (member.sum(axis=1) <= 1).all(), "a circuit is part of two neurons"
    lone = member.sum(axis=1) == 0
    assert not host[:, lone].any(), "an event reaches a circuit of no neuron"
    assert not own[:, lone].any(), "a spike reaches a circuit of no neuron"
    return (np.einsum("scx,cn->snx", host, member), np.einsum("scx,cn->snx", own[first], member))
