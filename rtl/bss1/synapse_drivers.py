"""Synapse drivers of the chip: they turn events of the line that they listen to into strobes of their two rows."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.bss1.fabric.config import DECODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.config_memory import config_memory
from ..lib.widths import bits_for
from .register_map import register_map


@block
def drivers(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    line_valid: Any,
    line_addresses: Any,
    select: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    strobe: Any,
    synapse_address: Any,
    spec: Bss1Spec,
) -> Any:
    """Emit strobes one cycle after the event is at the end of its line; the synapse address holds its value.

    Vectors: a bit and an address per line; four strobes and a synapse address per driver, the first in the lowest bits.
    """
    count = spec.sides * spec.drivers
    bits = spec.address_bits
    synapse_bits = spec.synapse_decoder_bits
    decoder_bits = spec.driver_decoder_bits
    line_bits = spec.line_bits
    strobes = len(DECODERS)
    address_low_bits = bits_for(len(line_addresses))
    strobe_low_bits = bits_for(len(strobe))
    synapse_low_bits = bits_for(len(synapse_address))
    bank = register_map(spec).bank("drivers")
    width, reset_value = bank.word_bits(), bank.word_reset()
    enable_at = bank.field("enable").low
    own_line = bank.field("line")
    line_low, line_high = own_line.low, own_line.high
    decoder_lows = tuple(bank.field(name).low for name in DECODERS)
    place_bits = bits_for(width)
    words = [Signal(intbv(reset_value)[width:]) for _ in range(count)]
    memory = config_memory(
        clock=clock, reset=reset, select=select, write=write, index=index, wdata=wdata, rdata=rdata, words=words,
        reset_value=reset_value,
    )  # fmt: skip

    @always(clock.posedge)
    def drive() -> None:
        if clear:
            strobe.next = 0
            synapse_address.next = 0
        elif line_valid != 0 or strobe != 0:
            strobe.next = 0
            if line_valid != 0:
                word = intbv(0)[width:]
                heard = intbv(0)[line_bits:]
                address = intbv(0)[bits:]
                high = intbv(0)[decoder_bits:]
                hits = intbv(0)[strobes:]
                low = intbv(0)[address_low_bits:]
                strobe_low = intbv(0)[strobe_low_bits:]
                synapse_low = intbv(0)[synapse_low_bits:]
                place = intbv(0)[place_bits:]
                for d in range(count):
                    word[:] = words[d]
                    heard[:] = word[line_high:line_low]
                    if word[enable_at] and line_valid[heard]:
                        low[:] = heard * bits
                        address[:] = line_addresses[low + bits : low]
                        high[:] = address[bits:synapse_bits]
                        hits[:] = 0
                        for n in range(strobes):
                            place[:] = decoder_lows[n]
                            if word[place + decoder_bits : place] == high:
                                hits[n] = 1
                        if hits != 0:
                            strobe_low[:] = d * strobes
                            strobe.next[strobe_low + strobes : strobe_low] = hits
                            synapse_low[:] = d * synapse_bits
                            synapse_address.next[synapse_low + synapse_bits : synapse_low] = address[synapse_bits:]

    return memory, drive
