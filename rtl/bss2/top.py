"""The whole digital spike path with its standard interfaces: AXI4-Lite for registers, AXI4-Stream for spikes."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, always_comb, block, intbv, modbv

from ...behavioral.bss2.fabric.wiring import buses, crossbar_inputs, crossbar_outputs
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.digital import counters
from ..convert.hierarchy import placed
from ..lib.axi_lite import axi_lite
from ..lib.buildable import bits_for
from ..lib.ports import vector
from ..lib.register_bus import RegisterBus
from ..lib.register_file import register_file, setting_slot
from ..lib.register_map import IDENTITY, SAMPLE_BITS, VERSION, WORD_BITS, RegisterMap, register_map
from ..lib.system_time import system_time as time_block
from ..lib.system_time import tick_clock
from ..lib.time_words import time_words
from .background import background
from .cadc_trigger import cadc_trigger as trigger_block
from .crossbar import crossbar
from .link_in import link_in
from .link_out import link_out
from .neuron_backend import neuron_backend
from .padi import padi
from .register_select import register_select
from .synapse_drivers import synapse_drivers


@block
def top(
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
    ports: tuple[Any, ...]
    bus: tuple[Any, ...]
    out: tuple[Any, ...]
    registers = register_map(spec)
    label_bits = spec.label_bits
    outputs, inputs = crossbar_outputs(spec), crossbar_inputs(spec)
    width = spec.columns // spec.event_outputs
    per_output = spec.hemispheres * width
    event_bits = spec.row_select_bits + spec.synapse_label_bits

    # registers
    host_bus = RegisterBus(registers)
    request, request_write, request_whole, request_address, request_data, *answers = host_bus.requests()
    answer, answer_error, answer_data = answers
    settings, written, selected, offset, write, wdata = host_bus.accesses()
    select_nodes, node_index = Signal(False), vector(bits_for(registers.bank("nodes").count))
    select_background = vector(spec.background_sources)
    generator_index = vector(bits_for(registers.bank("background").words))
    select_neurons, select_spikes = vector(spec.event_outputs), vector(spec.event_outputs)
    neuron_index = vector(bits_for(per_output))
    select_drivers, driver_index = vector(spec.hemispheres), vector(bits_for(spec.drivers))
    ports = (select_nodes, node_index, select_background, generator_index)
    ports += (select_neurons, select_spikes, neuron_index, select_drivers, driver_index, spec)
    bus = (selected, offset)
    selects = register_select(*placed("select", register_select, *bus, *ports))
    control_written, clear_bit = host_bus.cleared(registers)
    clear = Signal(False)

    def setting(name: str, field: str) -> Any:
        """Return a field of all entities of a bank, the first one in the lowest bits."""
        return _join([host_bus.setting(registers, name, field, n) for n in range(registers.bank(name).count)])

    run = setting("control", "run")

    @always_comb
    def clearing() -> None:
        clear.next = reset or (control_written and clear_bit)

    # time
    halves = registers.bank("clocks").count
    slow_ticks = [Signal(False) for _ in range(halves)]
    fast_ticks = [Signal(False) for _ in range(halves)]
    recovery_ticks = [Signal(False) for _ in range(spec.hemispheres)]
    always_on = Signal(True)
    time = [time_block(*placed("timer", time_block, clock, clear, run, system_time))]
    for half in range(halves):
        for name, field, ticks in (("slow", "slow_scale", slow_ticks), ("fast", "fast_scale", fast_ticks)):
            scale = host_bus.setting(registers, "clocks", field, half)
            ports = (run, system_time, always_on, scale, ticks[half])
            time.append(tick_clock(*placed(f"{name}_clock_{half}", tick_clock, *ports)))
    for hemisphere in range(spec.hemispheres):
        scale = host_bus.setting(registers, "recovery", "recovery_scale", hemisphere)
        enable = host_bus.setting(registers, "recovery", "recovery_enable", hemisphere)
        ports = (run, system_time, enable, scale, recovery_ticks[hemisphere])
        time.append(tick_clock(*placed(f"recovery_clock_{hemisphere}", tick_clock, *ports)))
    samples = Signal(modbv(0)[SAMPLE_BITS:])
    cadc_enable, cadc_period = setting("cadc", "enable"), setting("cadc", "period")
    ports = (clock, clear, run, cadc_enable, cadc_period, cadc_trigger, samples)
    time.append(trigger_block(*placed("cadc", trigger_block, *ports)))

    # crossbar inputs: event outputs of the neuron backend, links, background generators
    in_valid = [Signal(False) for _ in range(inputs)]
    addresses = [vector(registers.bank("neurons").field("address").bits) for _ in range(spec.event_outputs)]
    prefix_bits = label_bits - len(addresses[0])
    in_labels = [vector(label_bits) for _ in range(inputs - spec.event_outputs)]
    label_parts = [*in_labels[::-1]]
    for n in reversed(range(spec.event_outputs)):  # the number of the output is hard-wired
        label_parts += [intbv(n)[prefix_bits:], addresses[n]]
    node_rdata = vector(WORD_BITS)
    background_rdata = [vector(WORD_BITS) for _ in range(spec.background_sources)]
    neuron_rdata = [vector(WORD_BITS) for _ in range(spec.event_outputs)]
    driver_rdata = [vector(WORD_BITS) for _ in range(spec.hemispheres)]

    clamps = [vector(per_output) for _ in range(spec.event_outputs)]
    refractories = [vector(per_output) for _ in range(spec.event_outputs)]
    lost = [vector(counters.LOST_BITS) for _ in range(spec.event_outputs)]
    sources = []
    for n in range(spec.event_outputs):
        half = n * halves // spec.event_outputs
        fires = [
            fire(h * spec.columns + (n + 1) * width, h * spec.columns + n * width) for h in range(spec.hemispheres)
        ]
        ports = (clock, reset, clear, slow_ticks[half], fast_ticks[half], _join(fires), clamps[n], refractories[n])
        bus = (select_neurons(n), select_spikes(n), write, neuron_index, wdata, neuron_rdata[n])
        out = (in_valid[n], addresses[n], lost[n], spec)
        sources.append(neuron_backend(*placed(f"backend_{n}", neuron_backend, *ports, *bus, *out)))

    late = [vector(counters.LATE_BITS) for _ in range(spec.link_channels)]
    for k in range(spec.link_channels):
        stream, n = s_axis[k], spec.event_outputs + k
        ports = (clock, clear, run, system_time, stream.tdata, stream.tvalid, stream.tready)
        out = (in_valid[n], in_labels[k], late[k], spec)
        sources.append(link_in(*placed(f"link_in_{k}", link_in, *ports, *out)))

    for b in range(spec.background_sources):
        n = spec.event_outputs + spec.link_channels + b
        bus = (select_background(b), write, generator_index, wdata, background_rdata[b])
        out = (in_valid[n], in_labels[spec.link_channels + b], spec)
        sources.append(background(*placed(f"background_{b}", background, clock, reset, clear, run, *bus, *out)))

    # crossbar
    valid, labels = ConcatSignal(*reversed(in_valid)), ConcatSignal(*label_parts)
    room = [Signal(False) for _ in range(spec.link_channels)]
    rooms = _bits(room)
    slow = _bits([host_bus.setting(registers, "links", "slow", k) for k in range(spec.link_channels)])
    count_events = setting("outputs", "count_events")
    out_valid, out_labels = vector(outputs), vector(outputs * label_bits)
    event_counts, drop_counts = vector(outputs * counters.EVENT_BITS), vector(inputs * counters.DROP_BITS)
    bus = (clock, reset, clear, select_nodes, write, node_index, wdata, node_rdata)
    out = (out_valid, out_labels, event_counts, drop_counts, spec)
    router = crossbar(*placed("router", crossbar, *bus, valid, labels, rooms, slow, count_events, *out))

    sinks = []
    for k in range(spec.link_channels):
        stream, n = m_axis[k], buses(spec) + k
        channel = Signal(intbv(k)[bits_for(spec.link_channels) :])
        ports = (clock, reset, clear, system_time, channel)
        ports += (out_valid(n), out_labels((n + 1) * label_bits, n * label_bits))
        out = (room[k], stream.tdata, stream.tvalid, stream.tready, spec)
        sinks.append(link_out(*placed(f"link_out_{k}", link_out, *ports, *out)))

    # PADI buses and synapse drivers
    enable_spl1 = setting("buses", "enable_spl1")
    software_valid, software_events = vector(buses(spec)), _software_events(host_bus, registers)
    bus_valid, bus_events = vector(buses(spec)), vector(buses(spec) * event_bits)
    fire_bus = setting("padi_event", "fire_bus")
    sent_by = [setting_slot(registers, "padi_event", bus // spec.padi_buses) for bus in range(buses(spec))]
    hemisphere_of_bus = _join([written(slot) for slot in sent_by])

    @always_comb
    def send_software_events() -> None:
        software_valid.next = fire_bus & hemisphere_of_bus

    ports = (clock, clear, enable_spl1, out_valid(buses(spec), 0), out_labels(buses(spec) * label_bits, 0))
    out = (software_valid, software_events, bus_valid, bus_events, spec)
    sinks.append(padi(*placed("padi", padi, *ports, *out)))

    pulses = []
    for h in range(spec.hemispheres):
        first, last = h * spec.padi_buses, (h + 1) * spec.padi_buses
        ports = (clock, reset, clear, recovery_ticks[h], bus_valid(last, first))
        ports += (bus_events(last * event_bits, first * event_bits),)
        bus = (select_drivers(h), write, driver_index, wdata, driver_rdata[h])
        pulses.append(
            [
                vector(spec.drivers),
                vector(spec.rows),
                vector(spec.rows),
                vector(spec.drivers * spec.synapse_label_bits),
                vector(spec.drivers * spec.amplitude_bits),
            ]
        )
        sinks.append(synapse_drivers(*placed(f"drivers_{h}", synapse_drivers, *ports, *bus, *pulses[h], spec)))

    # outputs
    all_clamps, all_refractories = _by_neuron(clamps, width), _by_neuron(refractories, width)
    valid_pulses, exc, inh, pulse_labels, amplitudes = (_join([pulse[k] for pulse in pulses]) for k in range(5))

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

    # status words in the order of the map; time, which changes in every cycle, has a word of its own on the bus
    time_rdata, no_time = vector(WORD_BITS), intbv(0)[2 * WORD_BITS :]
    addresses_of_time = registers.address("time_low"), registers.address("time_high")
    ports = (clock, reset, request, request_write, request_address, system_time, time_rdata, *addresses_of_time)
    time.append(time_words(*placed("time_words_0", time_words, *ports)))
    counts = [_slices(drop_counts, inputs), _slices(event_counts, outputs)]
    words = [late, counts[0], counts[1], lost]
    status = ConcatSignal(
        *(part for group in reversed(words) for count in reversed(group) for part in _word(count)),
        samples,
        no_time,
        intbv(VERSION)[WORD_BITS:],
        intbv(IDENTITY)[WORD_BITS:],
    )
    rdata = ConcatSignal(time_rdata, node_rdata, *background_rdata, *neuron_rdata, *driver_rdata)

    bus = (request, request_write, request_whole, request_address, request_data, answer, answer_error, answer_data)
    host = [axi_lite(*placed("host", axi_lite, clock, reset, *vars(s_axil).values(), *bus))]
    out = (settings, written, selected, offset, write, wdata, rdata, registers)
    host.append(register_file(*placed("register_file_0", register_file, clock, reset, *bus, status, *out)))

    shown = (show_clamps, show_refractories, show_pulses, show_labels, show_amplitudes)
    return clearing, selects, time, sources, router, sinks, send_software_events, host, shown


def _join(parts: list[Any]) -> Any:
    """Concatenate, the first part in the lowest bits."""
    return parts[0] if len(parts) == 1 else ConcatSignal(*reversed(parts))


def _bits(parts: list[Any]) -> Any:
    """Concatenate single bits, the first one lowest, to a vector that can be indexed even if it is one bit."""
    return _join([*parts, intbv(0)[1:]]) if len(parts) == 1 else _join(parts)


def _slices(whole: Any, count: int) -> list[Any]:
    """Cut into `count` equal parts."""
    bits = len(whole) // count
    return [whole((n + 1) * bits, n * bits) for n in range(count)]


def _word(value: Any) -> list[Any]:
    """Return the parts of a register word, highest first."""
    gap = WORD_BITS - len(value)
    return [intbv(0)[gap:], value] if gap else [value]


def _by_neuron(vectors: list[Any], width: int) -> Any:
    """Order the bits of the event outputs by neuron circuit."""
    hemispheres = len(vectors[0]) // width
    return _join([each((h + 1) * width, h * width) for h in range(hemispheres) for each in vectors])


def _software_events(host_bus: RegisterBus, registers: RegisterMap) -> Any:
    """Return row select above label of each `padi_event` register, the first one in the lowest bits."""
    hemispheres, parts = range(registers.bank("padi_event").count), ("label", "row_select")
    return _join([host_bus.setting(registers, "padi_event", field, h) for h in hemispheres for field in parts])
