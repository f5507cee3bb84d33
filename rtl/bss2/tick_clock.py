"""A clock derived from the low bits of system time: ticks of the refractory and recovery clocks."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always_comb, block, intbv

SCALE_MAX = 15


@block
def tick_clock(*, run: Any, now: Any, enable: Any, scale: Any, tick: Any) -> Any:
    """Tick in cycles with `run` and `enable` whose time has its low `scale` bits all ones."""
    ones = Signal(intbv(0)[SCALE_MAX:])

    @always_comb
    def select() -> None:
        chosen = intbv(0)[SCALE_MAX:]
        for place in range(SCALE_MAX):
            if scale > place:
                chosen[place] = 1
        ones.next = chosen

    @always_comb
    def compare() -> None:
        tick.next = run and enable and ((now[SCALE_MAX:] & ones) == ones)

    return select, compare
