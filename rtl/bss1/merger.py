"""What all mergers share: an event kept per input, the fair choice between them, and the register at the output."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.bss1.spec import Bss1Spec
from .fair_choice import fair_choice
from .rest import rest


@block
def merger(
    *,
    clock: Any,
    clear: Any,
    merge: Any,
    select: Any,
    slow: Any,
    enters: Any,
    first_address: Any,
    second_address: Any,
    full: Any,
    moves: Any,
    event_valid: Any,
    event_address: Any,
    read: Any,
    spec: Bss1Spec,
) -> Any:
    """Keep what `enters` (a bit per input) and show one event after the other until it is `read`.

    `full` says which inputs keep an event, `moves` which of them goes to the output at the next edge.
    """
    bits = spec.address_bits
    kept = [Signal(intbv(0)[bits:]) for _ in range(2)]
    last = Signal(True)
    free = Signal(False)
    rested = Signal(False)
    choice = fair_choice(full=full, last=last, merge=merge, select=select, free=free, moves=moves)
    pause = rest(clock=clock, clear=clear, slow=slow, moves=moves, rested=rested, cycles=spec.slow_cycles)

    @always_comb
    def may_move() -> None:
        free.next = rested and (read or not event_valid)

    @always(clock.posedge)
    def registers() -> None:
        if clear:
            full.next = 0
            last.next = 1
            event_valid.next = 0
            event_address.next = 0
            kept[0].next = 0
            kept[1].next = 0
        else:
            if moves != 0:
                event_valid.next = 1
                event_address.next = kept[0]
                last.next = moves[1]
                if moves[1]:
                    event_address.next = kept[1]
            elif read:
                event_valid.next = 0
            full.next = (full & ~moves) | enters
            if enters[0]:
                kept[0].next = first_address
            if enters[1]:
                kept[1].next = second_address

    return choice, pause, may_move, registers
