"""Round-robin choice among requests, combinational."""

from __future__ import annotations

from typing import Any

from myhdl import always_comb, block, intbv

from .widths import bits_for


@block
def round_robin(*, request: Any, pointer: Any, grant: Any, chosen: Any, after: Any) -> Any:
    """Grant (one-hot) the first request at `pointer` or behind it, around the end.

    `chosen` is its number and `after` the number behind it, where the pointer moves; all are 0 without a request.
    """
    count = len(request)
    number_bits = bits_for(count)
    # bit k of the number is set if the granted request lies in the places whose number has bit k
    places = tuple(sum(1 << place for place in range(count) if place >> bit & 1) for bit in range(number_bits))
    last = count - 1

    @always_comb
    def choose() -> None:
        candidates = intbv(0)[count:]
        below = intbv(0)[count:]
        first = intbv(0)[count:]
        group = intbv(0)[count:]
        number = intbv(0)[number_bits:]
        if request != 0:
            candidates[:] = (request >> pointer) << pointer
            if candidates == 0:
                candidates[:] = request
            below[:] = candidates - 1
            first[:] = candidates & ~below
            for digit in range(number_bits):
                group[:] = places[digit]
                if (first & group) != 0:
                    number[digit] = 1
        grant.next = first
        chosen.next = number
        after.next = 0
        if request != 0 and number != last:
            after.next = number + 1

    return choose
