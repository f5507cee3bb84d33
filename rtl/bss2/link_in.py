"""Spike link from the host, one channel: events wait in a FIFO until system time reaches their stamp."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, concat, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.fifo import fifo
from .buildable import SPIKE_LABEL_BITS


@block
def link_in(
    *,
    clock: Any,
    clear: Any,
    run: Any,
    now: Any,
    tdata: Any,
    tvalid: Any,
    tready: Any,
    event_valid: Any,
    event_label: Any,
    late_count: Any,
    spec: ChipSpec,
) -> Any:
    """Release events to the crossbar, one cycle after system time `now` reaches their stamp."""
    depth = spec.link_in_depth
    label_bits = spec.label_bits
    stored = spec.label_bits + spec.time_bits
    stamp_low = SPIKE_LABEL_BITS
    stamp_high = SPIKE_LABEL_BITS + spec.time_bits
    late_max = (1 << len(late_count)) - 1
    data = Signal(intbv(0)[stored:])
    head = Signal(intbv(0)[stored:])
    count = Signal(intbv(0, 0, depth + 1))
    write = Signal(False)
    leave = Signal(False)
    filled = Signal(False)
    never = Signal(False)
    buffer = fifo(
        clock=clock, clear=clear, keep=never, write=write, data=data, read=leave, head=head, filled=filled, count=count,
        depth=depth,
    )  # fmt: skip

    @always_comb
    def accept() -> None:
        tready.next = (count != depth) and not clear
        write.next = tvalid and (count != depth) and not clear
        data.next = concat(tdata[stamp_high:stamp_low], tdata[label_bits:])

    @always_comb
    def due() -> None:
        leave.next = run and filled and (head[stored:label_bits] <= now)

    @always(clock.posedge)
    def send() -> None:
        if clear:
            event_valid.next = 0
            event_label.next = 0
            late_count.next = 0
        else:
            event_valid.next = leave
            if leave:
                event_label.next = head[label_bits:]
                if head[stored:label_bits] != now and late_count != late_max:
                    late_count.next = late_count + 1

    return buffer, accept, due, send
