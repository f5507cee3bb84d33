"""A DNC merger: it joins the tree with what the link releases, and sends without waiting."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.bss1.spec import Bss1Spec
from .merger import merger


@block
def dnc_merger(
    *,
    clock: Any,
    clear: Any,
    merge: Any,
    select: Any,
    slow: Any,
    offered: Any,
    address: Any,
    taken: Any,
    release_valid: Any,
    release_address: Any,
    event_valid: Any,
    event_address: Any,
    event_count: Any,
    refused: Any,
    spec: Bss1Spec,
) -> Any:
    """Take what the tree has `offered` (`taken` answers) and what is released, which is lost if it finds no room.

    `event_valid` is high for one cycle per event; `event_count` wraps (declare it as modbv).
    """
    count_max = (1 << len(refused)) - 1
    full = Signal(intbv(0)[2:])
    moves = Signal(intbv(0)[2:])
    enters = Signal(intbv(0)[2:])
    read_at_once = event_valid
    merging = merger(
        clock=clock, clear=clear, merge=merge, select=select, slow=slow, enters=enters, first_address=address,
        second_address=release_address, full=full, moves=moves, event_valid=event_valid, event_address=event_address,
        read=read_at_once, spec=spec,
    )  # fmt: skip

    @always_comb
    def accept() -> None:
        entering = intbv(0)[2:]
        entering[0] = offered and (merge or not select) and (moves[0] or not full[0])
        entering[1] = release_valid and (merge or select) and (moves[1] or not full[1])
        enters.next = entering

    @always_comb
    def answer() -> None:
        taken.next = enters[0]

    @always(clock.posedge)
    def count() -> None:
        if clear:
            event_count.next = 0
            refused.next = 0
        else:
            if moves != 0:
                event_count.next = event_count + 1
            if release_valid and (merge or select) and not enters[1] and refused != count_max:
                refused.next = refused + 1

    return merging, accept, answer, count
