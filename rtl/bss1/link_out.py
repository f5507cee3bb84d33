"""Link out: events of the DNC mergers on channels towards the host, with the time at which they were sent."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, intbv

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.fifo import fifo
from ..lib.round_robin import round_robin
from ..lib.widths import bits_for
from .buildable import LINK_WORD_BITS


@block
def link_out(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    now: Any,
    enable: Any,
    to_chip: Any,
    events_valid: Any,
    events: Any,
    tdata: Any,
    tvalid: Any,
    tready: Any,
    lost_counts: Any,
    spec: Bss1Spec,
) -> Any:
    """Hold one event per channel until its turn on the stream comes; count what finds its register occupied.

    What is offered stays until it is taken, also over `clear`, which forgets what is behind it. Vectors: a bit, an
    address, a counter per channel, channel 0 in the lowest bits.
    """
    channels = ENCODERS
    number_bits = bits_for(channels)
    bits = spec.address_bits
    depth = spec.link_out_depth
    stored = spec.stamp_bits + bits
    word_bits = stored + number_bits
    count_bits = len(lost_counts) // channels
    count_max = (1 << count_bits) - 1
    address_low_bits, count_low_bits = bits_for(len(events)), bits_for(len(lost_counts))

    kept = [Signal(intbv(0)[stored:]) for _ in range(channels)]
    full = Signal(intbv(0)[channels:])
    request = Signal(intbv(0)[channels:])
    grant = Signal(intbv(0)[channels:])
    granted = Signal(intbv(0)[number_bits:])
    behind = Signal(intbv(0)[number_bits:])
    pointer = Signal(intbv(0)[number_bits:])
    write = Signal(False)
    data = Signal(intbv(0)[word_bits:])
    head = Signal(intbv(0)[word_bits:])
    filled = Signal(False)
    leave = Signal(False)
    count = Signal(intbv(0, 0, depth + 1))
    keep = Signal(False)
    turn = round_robin(request=request, pointer=pointer, grant=grant, chosen=granted, after=behind)
    buffer = fifo(
        clock=clock, clear=clear, keep=keep, write=write, data=data, read=leave, head=head, filled=filled, count=count,
        depth=depth,
    )  # fmt: skip

    @always_comb
    def ask() -> None:
        if count < depth:
            request.next = full
        else:
            request.next = 0

    @always_comb
    def store() -> None:
        write.next = grant != 0
        data.next = concat(granted, kept[granted])

    @always_comb
    def offer() -> None:
        word = intbv(0)[LINK_WORD_BITS:]
        word[word_bits:] = head
        tdata.next = word
        tvalid.next = filled
        leave.next = filled and tready
        keep.next = filled and not tready and not reset

    @always(clock.posedge)
    def registers() -> None:
        if clear:
            full.next = 0
            pointer.next = 0
            lost_counts.next = 0
            for k in range(channels):
                kept[k].next = 0
        else:
            if grant != 0:
                pointer.next = behind
            if grant != 0 or events_valid != 0:
                after = intbv(0)[channels:]
                address_low = intbv(0)[address_low_bits:]
                count_low = intbv(0)[count_low_bits:]
                lost = intbv(0)[count_bits:]
                after[:] = full & ~grant
                for k in range(channels):
                    if events_valid[k] and enable[k] and not to_chip[k]:
                        if after[k]:
                            count_low[:] = k * count_bits
                            lost[:] = lost_counts[count_low + count_bits : count_low]
                            if lost != count_max:
                                lost[:] = lost + 1
                            lost_counts.next[count_low + count_bits : count_low] = lost
                        else:
                            after[k] = 1
                            address_low[:] = k * bits
                            kept[k].next = concat(events[address_low + bits : address_low], now)
                full.next = after

    return turn, buffer, ask, store, offer, registers
