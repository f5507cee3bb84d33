"""A background merger: it joins a priority encoder and a generator, which do not wait; what is late is overwritten."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.bss1.spec import Bss1Spec
from .merger import merger


@block
def background_merger(
    *,
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
    spec: Bss1Spec,
) -> Any:
    """Show one event until it is `read`; count what was replaced before it could move."""
    count_max = (1 << len(encoder_overwritten)) - 1
    full = Signal(intbv(0)[2:])
    moves = Signal(intbv(0)[2:])
    enters = Signal(intbv(0)[2:])
    merging = merger(
        clock=clock, clear=clear, merge=merge, select=select, slow=slow, enters=enters, first_address=encoder_address,
        second_address=generator_address, full=full, moves=moves, event_valid=event_valid, event_address=event_address,
        read=read, spec=spec,
    )  # fmt: skip

    @always_comb
    def accept() -> None:
        entering = intbv(0)[2:]
        entering[0] = encoder_valid and (merge or not select)
        entering[1] = generator_valid and (merge or select)
        enters.next = entering

    @always(clock.posedge)
    def count() -> None:
        if clear:
            encoder_overwritten.next = 0
            generator_overwritten.next = 0
        else:
            if enters[0] and full[0] and not moves[0] and encoder_overwritten != count_max:
                encoder_overwritten.next = encoder_overwritten + 1
            if enters[1] and full[1] and not moves[1] and generator_overwritten != count_max:
                generator_overwritten.next = generator_overwritten + 1

    return merging, accept, count
