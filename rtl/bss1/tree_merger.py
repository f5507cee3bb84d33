"""A merger inside the tree: it reads the output registers of two mergers before it, and nothing is lost."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always_comb, block, intbv

from ...behavioral.bss1.spec import Bss1Spec
from .merger import merger


@block
def tree_merger(
    *,
    clock: Any,
    clear: Any,
    merge: Any,
    select: Any,
    slow: Any,
    offered: Any,
    first_address: Any,
    second_address: Any,
    taken: Any,
    event_valid: Any,
    event_address: Any,
    read: Any,
    spec: Bss1Spec,
) -> Any:
    """Take what is `offered` (a bit per input, `taken` answers) and show one event until it is `read`."""
    full = Signal(intbv(0)[2:])
    moves = Signal(intbv(0)[2:])
    takes = Signal(intbv(0)[2:])
    merging = merger(
        clock=clock, clear=clear, merge=merge, select=select, slow=slow, enters=takes, first_address=first_address,
        second_address=second_address, full=full, moves=moves, event_valid=event_valid, event_address=event_address,
        read=read, spec=spec,
    )  # fmt: skip

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

    return merging, accept, answer
