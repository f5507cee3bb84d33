"""A DNC merger: it joins the tree with what the link releases, and sends without waiting."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.hicann.spec import HicannSpec
from .fair_choice import fair_choice
from .rest import rest


@block
def dnc_merger(
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
    spec: HicannSpec,
) -> Any:
    """Take what the tree has `offered` (`taken` answers) and what is released, which is lost if it finds no room.

    `event_valid` is high for one cycle per event; `event_count` wraps (declare it as modbv).
    """
    bits = spec.address_bits
    count_max = (1 << len(refused)) - 1
    kept = [Signal(intbv(0)[bits:]) for _ in range(2)]
    full = Signal(intbv(0)[2:])
    moves = Signal(intbv(0)[2:])
    enters = Signal(intbv(0)[2:])
    last = Signal(True)
    rested = Signal(False)
    choice = fair_choice(full, last, merge, select, rested, moves)
    pause = rest(clock, clear, slow, moves, rested, spec.slow_cycles)

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
    def registers() -> None:
        if clear:
            full.next = 0
            last.next = 1
            event_valid.next = 0
            event_address.next = 0
            event_count.next = 0
            refused.next = 0
        else:
            event_valid.next = 0
            if moves != 0:
                event_valid.next = 1
                event_address.next = kept[0]
                event_count.next = event_count + 1
                last.next = moves[1]
                if moves[1]:
                    event_address.next = kept[1]
            full.next = (full & ~moves) | enters
            if enters[0]:
                kept[0].next = address
            if enters[1]:
                kept[1].next = release_address
            if release_valid and (merge or select) and not enters[1] and refused != count_max:
                refused.next = refused + 1

    return choice, pause, accept, answer, registers
