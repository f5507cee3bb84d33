"""System time as two words for the host: reading the low one holds the high one, so that two reads make one time."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from .register_map import WORD_BITS


@block
def time_words(
    *,
    clock: Any,
    reset: Any,
    request: Any,
    request_write: Any,
    request_address: Any,
    now: Any,
    rdata: Any,
    low_address: int,
    high_address: int,
) -> Any:
    """Answer reads of the two byte addresses; `rdata` is 0 behind any other request."""
    word_bits, time_bits = WORD_BITS, len(now)
    held = Signal(intbv(0)[time_bits - word_bits :])

    @always(clock.posedge)
    def read() -> None:
        if reset:
            held.next = 0
            rdata.next = 0
        elif request:
            shown = intbv(0)[word_bits:]
            if not request_write:
                if request_address == low_address:
                    shown[:] = now[word_bits:]
                    held.next = now[time_bits:word_bits]
                elif request_address == high_address:
                    shown[time_bits - word_bits :] = held
            rdata.next = shown

    return read
