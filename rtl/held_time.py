"""The high word of system time, as it was when the host read the low one."""

from __future__ import annotations

from typing import Any

from myhdl import always, block


@block
def held_time(
    clock: Any,
    reset: Any,
    request: Any,
    request_write: Any,
    request_address: Any,
    high: Any,
    held: Any,
    address: int,
) -> Any:
    """Hold `high` when the word at byte `address` is read, so that two reads make one time."""

    @always(clock.posedge)
    def hold() -> None:
        if reset:
            held.next = 0
        elif request and not request_write and request_address == address:
            held.next = high

    return hold
