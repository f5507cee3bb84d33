"""The whole digital spike path with its standard interfaces: AXI4-Lite for registers, AXI4-Stream for spikes."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, always_comb, block

from ...behavioral.bss2.fabric import counters
from ...behavioral.bss2.fabric.wiring import buses, crossbar_inputs, crossbar_outputs
from ...behavioral.bss2.spec import ChipSpec
from ..convert.hierarchy import part, placed
from ..lib.axi_lite import axi_lite
from ..lib.register_bus import RegisterBus
from ..lib.register_file import register_file
from ..lib.register_map import WORD_BITS
from ..lib.shared import Shared
from ..lib.status import status_words
from ..lib.time_words import time_words
from ..lib.vectors import join, join_bits, pieces, vector
from ..lib.widths import bits_for
from .crossbar import crossbar
from .register_map import register_map
from .register_select import register_select
from .sinks import drivers, links_out, padi_buses
from .sources import by_neuron, crossbar_labels, generators, links_in, neuron_backends
from .timing import timing


@block
def top(
    *,
    clock: Any,
    reset: Any,
    s_axil: Any,
    s_axis: Any,
    m_axis: Any,
    fire: Any,
    clamp: Any,
    refractory: Any,
    row_exc: Any,
    row_inh: Any,
    pulse_label: Any,
    pulse_amplitude: Any,
    pulse_valid: Any,
    cadc_trigger: Any,
    system_time: Any,
    spec: ChipSpec,
) -> Any:
    """Wire the blocks; the vectors are ordered by neuron circuit, row and driver, all of hemisphere 0 first."""
    # a signal that has a name here has it in Verilog, too; others are called there after a part that has them
    registers = register_map(spec)
    bus = RegisterBus(registers)
    request, request_write, request_whole, request_address, request_data, *answers = bus.requests().values()
    answer, answer_error, answer_data = answers
    settings, selected, offset, write, wdata = bus.settings, bus.selected, bus.offset, bus.write, bus.wdata
    select_nodes, node_index = Signal(False), vector(bits_for(registers.bank("nodes").count))
    select_background = vector(spec.background_sources)
    generator_index = vector(bits_for(registers.bank("background").words))
    select_neurons, select_spikes = vector(spec.event_outputs), vector(spec.event_outputs)
    neuron_index = vector(bits_for(spec.hemispheres * spec.columns // spec.event_outputs))
    select_drivers, driver_index = vector(spec.hemispheres), vector(bits_for(spec.drivers))
    written, clear = bus.written, Signal(False)
    control_written, clear_bit = bus.strobe("control"), bus.clear_bit()

    @always_comb
    def clearing() -> None:
        clear.next = reset or (control_written and clear_bit)

    select = part(
        "select", register_select, selected=bus.selected, offset=bus.offset, nodes=select_nodes, node_index=node_index,
        background=select_background, background_index=generator_index, neurons=select_neurons, spikes=select_spikes,
        neuron_index=neuron_index, drivers=select_drivers, driver_index=driver_index, spec=spec,
    )  # fmt: skip
    run = bus.setting("control", "run")
    shared = Shared(clock=clock, reset=reset, clear=clear, run=run, now=system_time, bus=bus, spec=spec)

    # time
    time = timing(shared, trigger=cadc_trigger)
    halves_of_time = part(
        "time_words_0", time_words, clock=clock, reset=reset, request=bus.request,
        request_write=bus.request_write, request_address=bus.request_address, now=system_time, rdata=vector(WORD_BITS),
        low_address=registers.address("time_low"), high_address=registers.address("time_high"),
    )  # fmt: skip

    # from the sources through the crossbar to the links; the order of its inputs and outputs is that of `wiring`
    backends = neuron_backends(
        shared, time, fire=fire, select=select_neurons, select_spikes=select_spikes, index=neuron_index
    )
    incoming = links_in(shared, streams=s_axis)
    background = generators(shared, select=select_background, index=generator_index)
    sources = [*backends, *incoming, *background]
    inputs, outputs = crossbar_inputs(spec), crossbar_outputs(spec)
    out_valid, out_labels = vector(outputs), vector(outputs * spec.label_bits)
    outgoing = links_out(shared, streams=m_axis, valid=out_valid, labels=out_labels)
    router = part(
        "router", crossbar, **shared.resettable(),
        **bus.memory(select=select_nodes, index=node_index, rdata=vector(WORD_BITS)),
        valid=join([source["event_valid"] for source in sources]),
        labels=join(crossbar_labels(backends, [*incoming, *background], spec)),
        room=join_bits([link["room"] for link in outgoing]), slow=join_bits(bus.settings_of("links", "slow")),
        count_events=join(bus.settings_of("outputs", "count_events")), event_valid=out_valid, event_labels=out_labels,
        event_counts=vector(outputs * counters.EVENT_BITS), drop_counts=vector(inputs * counters.DROP_BITS), spec=spec,
    )  # fmt: skip

    # PADI buses and synapse drivers
    software_valid = vector(buses(spec))
    fire_bus = join(bus.settings_of("padi_event", "fire_bus"))
    hemisphere_of_bus = join([bus.strobe("padi_event", n // spec.padi_buses) for n in range(buses(spec))])

    @always_comb
    def send_software_events() -> None:
        software_valid.next = fire_bus & hemisphere_of_bus

    padi = padi_buses(shared, valid=out_valid, labels=out_labels, software_valid=software_valid)
    rows = drivers(shared, time, padi, select=select_drivers, index=driver_index)

    # outputs
    all_clamps, all_refractories = by_neuron(backends, "clamp", spec), by_neuron(backends, "refractory", spec)
    valid_pulses = join([half["pulse_valid"] for half in rows])
    exc, inh = join([half["row_exc"] for half in rows]), join([half["row_inh"] for half in rows])
    pulse_labels = join([half["pulse_label"] for half in rows])
    amplitudes = join([half["pulse_amplitude"] for half in rows])

    @always_comb
    def show_clamps() -> None:
        clamp.next = all_clamps

    @always_comb
    def show_refractories() -> None:
        refractory.next = all_refractories

    @always_comb
    def show_pulses() -> None:
        pulse_valid.next = valid_pulses
        row_exc.next = exc
        row_inh.next = inh

    @always_comb
    def show_labels() -> None:
        pulse_label.next = pulse_labels

    @always_comb
    def show_amplitudes() -> None:
        pulse_amplitude.next = amplitudes

    # registers; time, which changes in every cycle, has a word of its own on the bus
    status = status_words(
        registers, cadc_samples=[time.cadc["samples"]], late=[link["late_count"] for link in incoming],
        drops=pieces(router["drop_counts"], inputs), events=pieces(router["event_counts"], outputs),
        lost=[backend["lost_count"] for backend in backends],
    )  # fmt: skip
    readers = [halves_of_time, router, *background, *backends, *rows]
    host = [
        part("host", axi_lite, clock=clock, reset=reset, **vars(s_axil), **bus.requests()),
        part(
            "register_file_0", register_file, clock=clock, reset=reset, **bus.requests(), status=status,
            **bus.accesses(), rdata=ConcatSignal(*(reader["rdata"] for reader in readers)), registers=registers,
        ),
    ]  # fmt: skip

    spike_path = [select, *time.parts(), halves_of_time, *sources, router, *outgoing, padi, *rows]
    blocks = [each.kind(**placed(each)) for each in spike_path]
    host_blocks = [each.kind(**placed(each)) for each in host]
    shown = (show_clamps, show_refractories, show_pulses, show_labels, show_amplitudes)
    return clearing, blocks, send_software_events, host_blocks, shown
