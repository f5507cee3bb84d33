"""Spike link to the host, one channel: events of a crossbar output with the time at which they were visible there."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always_comb, block, concat, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.fifo import fifo
from .buildable import LINK_WORD_BITS, SPIKE_LABEL_BITS


@block
def link_out(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    now: Any,
    channel: Any,
    event_valid: Any,
    event_label: Any,
    room: Any,
    tdata: Any,
    tvalid: Any,
    tready: Any,
    spec: ChipSpec,
) -> Any:
    """Store events and offer them; `room` says that one more fits besides the one that is visible.

    What is offered stays until it is taken, also over `clear`, which forgets what is behind it.
    """
    depth = spec.link_out_depth
    label_bits = spec.label_bits
    stored = spec.label_bits + spec.time_bits
    channel_low = SPIKE_LABEL_BITS - len(channel)
    stamp_low = SPIKE_LABEL_BITS
    stamp_high = SPIKE_LABEL_BITS + spec.time_bits
    data = Signal(intbv(0)[stored:])
    head = Signal(intbv(0)[stored:])
    count = Signal(intbv(0, 0, depth + 1))
    filled = Signal(False)
    take = Signal(False)
    keep = Signal(False)
    buffer = fifo(
        clock=clock, clear=clear, keep=keep, write=event_valid, data=data, read=take, head=head, filled=filled,
        count=count, depth=depth,
    )  # fmt: skip

    @always_comb
    def stamp() -> None:
        data.next = concat(now, event_label)
        room.next = (count + event_valid) < depth

    @always_comb
    def offer() -> None:
        word = intbv(0)[LINK_WORD_BITS:]
        word[stamp_high:stamp_low] = head[stored:label_bits]
        word[stamp_low:channel_low] = channel
        word[label_bits:] = head[label_bits:]
        tdata.next = word
        tvalid.next = filled
        take.next = filled and tready
        keep.next = filled and not tready and not reset

    return buffer, stamp, offer
