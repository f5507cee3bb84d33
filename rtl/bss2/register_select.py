"""Which block an access of the host is for, and its place there; combinational, behind the register file."""

from __future__ import annotations

from typing import Any

from myhdl import always_comb, block, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.widths import bits_for
from .crossbar import node_positions
from .register_map import register_map


@block
def register_select(
    *,
    selected: Any,
    offset: Any,
    nodes: Any,
    node_index: Any,
    background: Any,
    background_index: Any,
    neurons: Any,
    spikes: Any,
    neuron_index: Any,
    drivers: Any,
    driver_index: Any,
    spec: ChipSpec,
) -> Any:
    """Take a bit per distributed bank and a word number; give a bit per block of each kind, and the index inside.

    An event output sees its neurons with all of hemisphere 0 first, in order of the columns.
    """
    registers = register_map(spec)
    banks = {name: number for number, name in enumerate(registers.distributed)}
    nodes_at, background_at = banks["nodes"], banks["background"]
    neurons_at, spikes_at, drivers_at = banks["neurons"], banks["spike_counters"], banks["drivers"]
    positions = node_positions(spec)
    generator_words = registers.bank("background").words
    generators = tuple(n // generator_words for n in range(spec.background_sources * generator_words))
    generator_places = tuple(n % generator_words for n in range(len(generators)))
    generator_bits, generator_count = bits_for(spec.background_sources), spec.background_sources
    width_bits, output_bits = bits_for(spec.columns // spec.event_outputs), bits_for(spec.event_outputs)
    output_count = spec.event_outputs
    hemisphere_low = width_bits + output_bits
    hemisphere_bits, hemispheres = bits_for(spec.hemispheres), spec.hemispheres
    driver_bits = bits_for(spec.drivers)
    neuron_index_bits = len(neuron_index)

    @always_comb
    def select_node() -> None:
        nodes.next = selected[nodes_at]
        node_index.next = 0
        if selected[nodes_at]:
            node_index.next = positions[offset]

    @always_comb
    def select_background() -> None:
        chosen = intbv(0)[generator_count:]
        generator = intbv(0)[generator_bits:]
        background_index.next = 0
        if selected[background_at]:
            generator[:] = generators[offset]
            chosen[generator] = 1
            background_index.next = generator_places[offset]
        background.next = chosen

    @always_comb
    def select_neuron() -> None:
        chosen = intbv(0)[output_count:]
        place = intbv(0)[neuron_index_bits:]
        if selected[neurons_at] or selected[spikes_at]:
            chosen[offset[hemisphere_low:width_bits]] = 1
            place[width_bits:] = offset[width_bits:]
            place[width_bits + hemisphere_bits : width_bits] = offset[hemisphere_low + hemisphere_bits : hemisphere_low]
        neurons.next = 0
        spikes.next = 0
        if selected[neurons_at]:
            neurons.next = chosen
        if selected[spikes_at]:
            spikes.next = chosen
        neuron_index.next = place

    @always_comb
    def select_neuron_of_one_hemisphere() -> None:
        chosen = intbv(0)[output_count:]
        neuron_index.next = 0
        if selected[neurons_at] or selected[spikes_at]:
            chosen[offset[hemisphere_low:width_bits]] = 1
            neuron_index.next = offset[width_bits:]
        neurons.next = 0
        spikes.next = 0
        if selected[neurons_at]:
            neurons.next = chosen
        if selected[spikes_at]:
            spikes.next = chosen

    @always_comb
    def select_driver() -> None:
        chosen = intbv(0)[hemispheres:]
        if selected[drivers_at]:
            chosen[offset[driver_bits + hemisphere_bits : driver_bits]] = 1
        drivers.next = chosen
        driver_index.next = offset[driver_bits:]

    @always_comb
    def select_driver_of_one_hemisphere() -> None:
        chosen = intbv(0)[hemispheres:]
        chosen[0] = selected[drivers_at]
        drivers.next = chosen
        driver_index.next = offset[driver_bits:]

    if hemispheres == 1:
        return select_node, select_background, select_neuron_of_one_hemisphere, select_driver_of_one_hemisphere
    return select_node, select_background, select_neuron, select_driver
