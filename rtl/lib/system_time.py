"""System time and what is derived from its low bits: the ticks of the refractory and recovery clocks."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

SCALE_MAX = 15


@block
def system_time(clock: Any, clear: Any, run: Any, now: Any) -> Any:
    """Count the cycles with `run`; `now` wraps (declare it as modbv)."""

    @always(clock.posedge)
    def count() -> None:
        if clear:
            now.next = 0
        elif run:
            now.next = now + 1

    return count


@block
def tick_clock(run: Any, now: Any, enable: Any, scale: Any, tick: Any) -> Any:
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
