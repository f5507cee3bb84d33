"""A background merger: it joins a priority encoder and a generator, which do not wait; what is late is overwritten."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.hicann.spec import HicannSpec
from .fair_choice import fair_choice
from .rest import rest


@block
def background_merger(
    clock: Any,
    clear: Any,
    merge: Any,
    select: Any,
    slow: Any,
    encoder_valid: Any,
    encoder_address: Any,
    generator_valid: Any,
    generator_address: Any,
    event_valid: Any,
    event_address: Any,
    read: Any,
    encoder_overwritten: Any,
    generator_overwritten: Any,
    spec: HicannSpec,
) -> Any:
    """Show one event until it is `read`; count what was replaced before it could move."""
    bits = spec.address_bits
    count_max = (1 << len(encoder_overwritten)) - 1
    kept = [Signal(intbv(0)[bits:]) for _ in range(2)]
    full = Signal(intbv(0)[2:])
    moves = Signal(intbv(0)[2:])
    enters = Signal(intbv(0)[2:])
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
        entering = intbv(0)[2:]
        entering[0] = encoder_valid and (merge or not select)
        entering[1] = generator_valid and (merge or select)
        enters.next = entering

    @always(clock.posedge)
    def registers() -> None:
        if clear:
            full.next = 0
            last.next = 1
            event_valid.next = 0
            event_address.next = 0
            encoder_overwritten.next = 0
            generator_overwritten.next = 0
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
                kept[0].next = encoder_address
                if full[0] and not moves[0] and encoder_overwritten != count_max:
                    encoder_overwritten.next = encoder_overwritten + 1
            if enters[1]:
                kept[1].next = generator_address
                if full[1] and not moves[1] and generator_overwritten != count_max:
                    generator_overwritten.next = generator_overwritten + 1

    return choice, pause, may_move, accept, registers
