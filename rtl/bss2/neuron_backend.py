"""Digital backend of the neurons of one event output: refractory counters, clamps, spike counters, arbitration."""

from __future__ import annotations

from math import gcd
from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.register_map import WORD_BITS
from ..lib.round_robin import round_robin
from ..lib.widths import bits_for
from .register_map import register_map

AT_REST = 255  # of the refractory counter
GROUP = 8  # neurons that are looked at together: at rest, they cost one comparison
HOLDOFF_BASE = 0xE0  # the clamp ends at this count plus two per step of reset_holdoff


@block
def neuron_backend(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    slow_tick: Any,
    fast_tick: Any,
    fire: Any,
    clamp: Any,
    refractory: Any,
    select: Any,
    select_spikes: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    event_valid: Any,
    event_address: Any,
    lost_count: Any,
    spec: ChipSpec,
) -> Any:
    """Turn fires (one bit per neuron, by index on the output) into events, one per cycle."""
    count = len(fire)
    number_bits = bits_for(count)
    group = gcd(count, GROUP)
    bank = register_map(spec).bank("neurons")
    width, reset_value = bank.word_bits(), bank.word_reset()
    names = ("address", "refractory_time", "reset_holdoff", "fast_clock", "enable")
    address, time, holdoff, fast_clock, enable = (bank.field(name) for name in names)
    address_low, address_high = address.low, address.high
    time_low, time_high = time.low, time.high
    holdoff_low, holdoff_high = holdoff.low, holdoff.high
    fast_at, enable_at = fast_clock.low, enable.low
    spike_bank = register_map(spec).bank("spike_counters")
    spike_bits = spike_bank.field("count").bits
    spike_max = (1 << spike_bits) - 1
    lost_bits = len(lost_count)
    lost_max = (1 << lost_bits) - 1
    sum_bits = lost_bits + 1

    words = [Signal(intbv(reset_value)[width:]) for _ in range(count)]
    counters = [Signal(intbv(AT_REST)[8:]) for _ in range(count)]
    spikes = [Signal(intbv(0)[spike_bits + 1 :]) for _ in range(count)]
    pending = Signal(intbv(0)[count:])
    loaded = Signal(False)  # a counter was loaded in the last cycle: its clamp may end without a tick
    pointer = Signal(intbv(0)[number_bits:])
    grant = Signal(intbv(0)[count:])
    granted = Signal(intbv(0)[number_bits:])
    behind = Signal(intbv(0)[number_bits:])
    arbiter = round_robin(request=pending, pointer=pointer, grant=grant, chosen=granted, after=behind)

    @always(clock.posedge)
    def registers() -> None:
        rdata.next = 0
        if reset:
            for entity in range(count):
                words[entity].next = reset_value
        elif select:
            if write:
                words[index].next = wdata[width:]
            else:
                shown = intbv(0)[WORD_BITS:]
                shown[width:] = words[index]
                rdata.next = shown
        elif select_spikes:
            shown = intbv(0)[WORD_BITS:]
            shown[spike_bits + 1 :] = spikes[index]
            rdata.next = shown

    @always(clock.posedge)
    def send() -> None:
        if clear:
            event_valid.next = 0
            event_address.next = 0
            pointer.next = 0
        elif pending != 0:
            event_valid.next = 1
            event_address.next = words[granted][address_high:address_low]
            pointer.next = behind
        else:
            event_valid.next = 0

    @always(clock.posedge)
    def neurons() -> None:
        if clear:
            for n in range(count):
                counters[n].next = AT_REST
                spikes[n].next = 0
            clamp.next = 0
            refractory.next = 0
            pending.next = 0
            loaded.next = 0
            lost_count.next = 0
        elif fire != 0 or pending != 0 or loaded or ((slow_tick or fast_tick) and (clamp != 0 or refractory != 0)):
            accepted = intbv(0)[count:]
            active = intbv(0)[count:]
            waiting = intbv(0)[count:]
            latched = intbv(0)[count:]
            clamped = intbv(0)[count:]
            resting = intbv(0)[count:]
            value = intbv(0)[8:]
            clamp_end = intbv(0)[8:]
            lost = intbv(0)[sum_bits:]
            accepted[:] = fire & ~refractory
            active[:] = fire | clamp | refractory
            waiting[:] = pending & ~grant
            latched[:] = waiting
            clamped[:] = clamp
            resting[:] = ~refractory
            lost[lost_bits:] = lost_count
            loaded.next = accepted != 0
            for first in range(0, count, group):
                if active[first + group : first] != 0:
                    for n in range(first, first + group):
                        if accepted[n]:
                            counters[n].next = AT_REST - words[n][time_high:time_low]
                            clamped[n] = 1
                            resting[n] = words[n][time_high:time_low] == 0
                            if spikes[n][spike_bits:] == spike_max:
                                spikes[n].next = 1 << spike_bits
                            else:
                                spikes[n].next = spikes[n] + 1
                            if words[n][enable_at]:
                                latched[n] = 1
                                if waiting[n]:
                                    lost[:] = lost + 1
                        elif active[n]:
                            value[:] = counters[n]
                            if value != AT_REST and (
                                (words[n][fast_at] and fast_tick) or (not words[n][fast_at] and slow_tick)
                            ):
                                value[:] = value + 1
                                counters[n].next = value
                            clamp_end[:] = HOLDOFF_BASE
                            clamp_end[5:1] = words[n][holdoff_high:holdoff_low]
                            if value == AT_REST:
                                resting[n] = 1
                            if value == AT_REST or value == clamp_end:  # noqa: SIM109
                                clamped[n] = 0
            pending.next = latched
            clamp.next = clamped
            refractory.next = ~resting
            if lost > lost_max:
                lost_count.next = lost_max
            else:
                lost_count.next = lost[lost_bits:]

    return arbiter, registers, send, neurons
