"""One background generator: regular events, or events at random from a shift register."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.bss1.spec import Bss1Spec


@block
def background(
    *,
    clock: Any,
    clear: Any,
    run: Any,
    enable: Any,
    random: Any,
    address: Any,
    period: Any,
    start: Any,
    event_valid: Any,
    event_address: Any,
    spec: Bss1Spec,
) -> Any:
    """Send an event when the counter reaches the period, or when the shift register rises above it."""
    bits = spec.period_bits
    taps = tuple(place for place in range(bits) if spec.lfsr_taps >> place & 1)
    tap_count = len(taps)
    place_bits = max(taps).bit_length()
    enabled_before = Signal(False)
    armed = Signal(False)
    counter = Signal(intbv(0)[bits:])
    state = Signal(intbv(1)[bits:])

    @always(clock.posedge)
    def move() -> None:
        event_valid.next = 0
        enabled_before.next = enable
        if clear or (enable and not enabled_before):
            counter.next = 0
            armed.next = 0
            state.next = start
            if start == 0:
                state.next = 1
            event_address.next = 0
        elif run and enable:
            moved = intbv(0)[bits:]
            place = intbv(0)[place_bits:]
            fed = intbv(0)[1:]
            if random:
                fed[:] = 0
                for k in range(tap_count):
                    place[:] = taps[k]
                    fed[:] = fed ^ state[place]
                moved[bits:1] = state[bits - 1 :]
                moved[1:] = fed
                state.next = moved
                armed.next = moved <= period
                if moved > period and armed:
                    event_valid.next = 1
                    event_address.next = address
            elif counter >= period:
                counter.next = 0
                event_valid.next = 1
                event_address.next = address
            else:
                counter.next = counter + 1

    return move
