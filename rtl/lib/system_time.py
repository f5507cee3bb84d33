"""System time: it counts the cycles in which the design runs."""

from __future__ import annotations

from typing import Any

from myhdl import always, block


@block
def system_time(*, clock: Any, clear: Any, run: Any, now: Any) -> Any:
    """Count the cycles with `run`; `now` wraps (declare it as modbv)."""

    @always(clock.posedge)
    def count() -> None:
        if clear:
            now.next = 0
        elif run:
            now.next = now + 1

    return count
