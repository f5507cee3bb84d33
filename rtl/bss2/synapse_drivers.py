"""Synapse drivers of one hemisphere: they turn bus events into pulses on their two rows."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.config_memory import config_memory
from ..lib.widths import bits_for
from .register_map import register_map
from .stp import stp_arithmetic


@block
def synapse_drivers(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    tick: Any,
    bus_valid: Any,
    bus_events: Any,
    select: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    pulse_valid: Any,
    row_exc: Any,
    row_inh: Any,
    pulse_label: Any,
    pulse_amplitude: Any,
    spec: ChipSpec,
) -> Any:
    """Emit pulses one cycle after the bus event; label and amplitude hold until the driver's next event.

    Vectors: `pulse_valid` one bit per driver, rows two per driver (bottom, top), labels and amplitudes by driver.
    Driver d sits on bus d % buses with index d // buses there.
    """
    drivers = spec.drivers
    buses = spec.padi_buses
    bus_bits = bits_for(buses)
    select_bits = spec.row_select_bits
    label_bits = spec.synapse_label_bits
    event_bits = select_bits + label_bits
    event_low_bits = bits_for(len(bus_events))
    amplitude_bits = spec.amplitude_bits
    amplitude_max = (1 << amplitude_bits) - 1
    label_low_bits = bits_for(len(pulse_label))
    amplitude_low_bits = bits_for(len(pulse_amplitude))
    state_bits = spec.stp_state_bits
    bank = register_map(spec).bank("drivers")
    width, reset_value = bank.word_bits(), bank.word_reset()
    names = ("receiver", "compare_mask", "address_out", "exc_bottom", "exc_top", "inh_bottom", "inh_top")
    receiver, compare, address_out, exc_bottom, exc_top, inh_bottom, inh_top = (bank.field(name) for name in names)
    plasticity = ("stp", "depressing", "utilization", "recovery", "offset")
    stp, depressing, utilization, recovery, offset = (bank.field(name) for name in plasticity)
    receiver_at, address_out_at, stp_at, depressing_at = receiver.low, address_out.low, stp.low, depressing.low
    exc_bottom_at, exc_top_at, inh_bottom_at, inh_top_at = exc_bottom.low, exc_top.low, inh_bottom.low, inh_top.low
    compare_low, compare_high = compare.low, compare.high
    utilization_low, utilization_high, utilization_bits = utilization.low, utilization.high, utilization.bits
    recovery_low, recovery_high, recovery_bits = recovery.low, recovery.high, recovery.bits
    offset_low, offset_high, offset_bits = offset.low, offset.high, offset.bits
    recover, use, modulate = stp_arithmetic(spec)

    words = [Signal(intbv(reset_value)[width:]) for _ in range(drivers)]
    states = [Signal(intbv(0)[state_bits:]) for _ in range(drivers)]
    modulated = Signal(intbv(0)[drivers:])  # drivers whose state is not 0
    memory = config_memory(
        clock=clock, reset=reset, select=select, write=write, index=index, wdata=wdata, rdata=rdata, words=words,
        reset_value=reset_value,
    )  # fmt: skip

    @always(clock.posedge)
    def drive() -> None:
        if clear:
            for d in range(drivers):
                states[d].next = 0
            modulated.next = 0
            pulse_valid.next = 0
            row_exc.next = 0
            row_inh.next = 0
            pulse_label.next = 0
            pulse_amplitude.next = 0
        elif bus_valid != 0 or pulse_valid != 0 or (tick and modulated != 0):
            valid = intbv(0)[drivers:]
            exc = intbv(0)[2 * drivers :]
            inh = intbv(0)[2 * drivers :]
            busy = intbv(0)[drivers:]
            recovers = intbv(0)[drivers:]
            word = intbv(0)[width:]
            place = intbv(0)[select_bits:]
            given = intbv(0)[1:]
            hit = intbv(0)[1:]
            state = intbv(0)[state_bits:]
            arrived = intbv(0)[event_bits:]
            event_low = intbv(0)[event_low_bits:]
            label = intbv(0)[label_bits:]
            label_low = intbv(0)[label_low_bits:]
            amplitude = intbv(0)[amplitude_bits:]
            amplitude_low = intbv(0)[amplitude_low_bits:]
            recovering = intbv(0)[recovery_bits:]
            used = intbv(0)[utilization_bits:]
            falls = intbv(0)[1:]
            shift = intbv(0)[offset_bits:]
            busy[:] = modulated
            if tick:
                recovers[:] = modulated
            for bus in range(buses):
                if bus_valid[bus] or recovers != 0:
                    event_low[:] = bus * event_bits
                    arrived[:] = bus_events[event_low + event_bits : event_low]
                    given[:] = bus_valid[bus]
                    for d in range(bus, drivers, buses):
                        hit[:] = 0
                        if given != 0:
                            place[:] = d >> bus_bits
                            word[:] = words[d]
                            if word[receiver_at] and (
                                ((arrived[event_bits:label_bits] ^ place) & word[compare_high:compare_low]) == 0
                            ):
                                hit[:] = 1
                        if hit != 0 or recovers[d]:
                            word[:] = words[d]
                            state[:] = states[d]
                            if recovers[d]:
                                recovering[:] = word[recovery_high:recovery_low]
                                recover(state, recovering)
                            if hit != 0:
                                valid[d] = 1
                                exc[2 * d] = word[exc_bottom_at]
                                exc[2 * d + 1] = word[exc_top_at]
                                inh[2 * d] = word[inh_bottom_at]
                                inh[2 * d + 1] = word[inh_top_at]
                                label[:] = arrived[label_bits:]
                                if not word[address_out_at]:
                                    label[label_bits - 1 :] = 0
                                amplitude[:] = amplitude_max
                                if word[stp_at]:
                                    used[:] = word[utilization_high:utilization_low]
                                    falls[:] = word[depressing_at]
                                    shift[:] = word[offset_high:offset_low]
                                    use(state, used)
                                    modulate(amplitude, state, falls, shift)
                                label_low[:] = d * label_bits
                                pulse_label.next[label_low + label_bits : label_low] = label
                                amplitude_low[:] = d * amplitude_bits
                                pulse_amplitude.next[amplitude_low + amplitude_bits : amplitude_low] = amplitude
                            states[d].next = state
                            busy[d] = state != 0
            modulated.next = busy
            pulse_valid.next = valid
            row_exc.next = exc
            row_inh.next = inh

    return memory, drive
