"""A merger inside the tree: it reads the output registers of two mergers before it, and nothing is lost."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.hicann.spec import HicannSpec
from .fair_choice import fair_choice
from .rest import rest


@block
def tree_merger(
    clock: Any,
    clear: Any,
    merge: Any,
    select: Any,
    slow: Any,
    offered: Any,
    addresses: Any,
    taken: Any,
    event_valid: Any,
    event_address: Any,
    read: Any,
    spec: HicannSpec,
) -> Any:
    """Take what is `offered` (a bit per input, `taken` answers) and show one event until it is `read`."""
    bits = spec.address_bits
    kept = [Signal(intbv(0)[bits:]) for _ in range(2)]
    full = Signal(intbv(0)[2:])
    moves = Signal(intbv(0)[2:])
    takes = Signal(intbv(0)[2:])
    last = Signal(True)
    free = Signal(False)
    rested = Signal(False)
    choice = fair_choice(full, last, merge, select, free, moves)
    pause = rest(clock, clear, slow, moves, rested, spec.slow_cycles)

    @always_comb
    def may_move() -> None:
        free.next = rested and (read or not event_valid)

    @always_comb
    def accept() -> None:
        ready = intbv(0)[2:]
        if merge or not select:
            ready[0] = offered[0] and (moves[0] or not full[0])
        if merge or select:
            ready[1] = offered[1] and (moves[1] or not full[1])
        takes.next = ready

    @always_comb
    def answer() -> None:
        taken.next = takes

    @always(clock.posedge)
    def registers() -> None:
        if clear:
            full.next = 0
            last.next = 1
            event_valid.next = 0
            event_address.next = 0
        else:
            if moves != 0:
                event_valid.next = 1
                event_address.next = kept[0]
                last.next = moves[1]
                if moves[1]:
                    event_address.next = kept[1]
            elif read:
                event_valid.next = 0
            full.next = (full & ~moves) | takes
            if takes[0]:
                kept[0].next = addresses[bits:]
            if takes[1]:
                kept[1].next = addresses[2 * bits : bits]

    return choice, pause, may_move, accept, answer, registers
