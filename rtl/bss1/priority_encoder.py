"""Priority encoder of a block of neurons: a latch per neuron, the lowest index first, an event every second cycle."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.bss1.spec import Bss1Spec
from ..lib.config_memory import config_memory
from ..lib.widths import bits_for
from .register_map import register_map


@block
def priority_encoder(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    fire: Any,
    select: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    event_valid: Any,
    event_address: Any,
    lost_count: Any,
    spec: Bss1Spec,
) -> Any:
    """Turn fires (one bit per neuron, by index in the block) into events; count spikes that find their latch set."""
    count = len(fire)
    number_bits = bits_for(count)
    bank = register_map(spec).bank("neurons")
    address, enable = bank.field("address"), bank.field("enable")
    address_low, address_high, enable_at = address.low, address.high, enable.low
    lost_bits = len(lost_count)
    lost_max = (1 << lost_bits) - 1
    sum_bits = lost_bits + 1
    words = [Signal(intbv(bank.word_reset())[bank.word_bits() :]) for _ in range(count)]
    memory = config_memory(
        clock=clock, reset=reset, select=select, write=write, index=index, wdata=wdata, rdata=rdata, words=words,
        reset_value=bank.word_reset(),
    )  # fmt: skip
    latched = Signal(intbv(0)[count:])

    @always(clock.posedge)
    def encode() -> None:
        if clear:
            latched.next = 0
            event_valid.next = 0
            event_address.next = 0
            lost_count.next = 0
        elif fire != 0 or latched != 0 or event_valid:
            waiting = intbv(0)[count:]
            after = intbv(0)[count:]
            number = intbv(0)[number_bits:]
            found = intbv(0)[1:]
            lost = intbv(0)[sum_bits:]
            waiting[:] = latched
            found[:] = 0
            number[:] = 0
            if event_valid:
                event_valid.next = 0
            elif latched != 0:
                for n in range(count):
                    if found == 0 and latched[n]:
                        found[:] = 1
                        number[:] = n
                waiting[number] = 0
                event_valid.next = 1
                event_address.next = words[number][address_high:address_low]
            after[:] = waiting
            lost[lost_bits:] = lost_count
            for n in range(count):
                if fire[n] and words[n][enable_at]:
                    after[n] = 1
                    if waiting[n]:
                        lost[:] = lost + 1
            latched.next = after
            if lost > lost_max:
                lost_count.next = lost_max
            else:
                lost_count.next = lost[lost_bits:]

    return memory, encode
