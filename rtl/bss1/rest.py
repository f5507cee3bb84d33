"""How long a slow merger rests after a move."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ..lib.widths import bits_for


@block
def rest(*, clock: Any, clear: Any, slow: Any, moves: Any, rested: Any, cycles: int) -> Any:
    """Hold `rested` low so that moves of a slow merger are at least `cycles` apart."""
    pause = cycles - 1
    wait = Signal(intbv(0)[bits_for(cycles) :])

    @always(clock.posedge)
    def count() -> None:
        if clear:
            wait.next = 0
        elif slow and moves != 0:
            wait.next = pause
        elif wait != 0:
            wait.next = wait - 1

    @always_comb
    def show() -> None:
        rested.next = wait == 0

    return count, show
