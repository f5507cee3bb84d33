"""A sending line: what its repeater sends arrives some cycles later."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.bss1.spec import Bss1Spec


@block
def line(
    *,
    clock: Any,
    clear: Any,
    enable: Any,
    event_valid: Any,
    event_address: Any,
    end_valid: Any,
    end_address: Any,
    spec: Bss1Spec,
) -> Any:
    """Show an event at the end of the line `line_cycles` after it is at its beginning."""
    stages = spec.line_cycles
    bits = spec.address_bits
    valid = Signal(intbv(0)[stages:])
    addresses = [Signal(intbv(0)[bits:]) for _ in range(stages)]

    @always(clock.posedge)
    def shift() -> None:
        if clear:
            valid.next = 0
            for stage in range(stages):
                addresses[stage].next = 0
        else:
            passing = intbv(0)[stages:]
            passing[:] = valid[stages - 1 :] << 1
            passing[0] = event_valid and enable
            valid.next = passing
            addresses[0].next = event_address
            for stage in range(1, stages):
                addresses[stage].next = addresses[stage - 1]

    @always_comb
    def show() -> None:
        end_valid.next = valid[stages - 1]
        end_address.next = addresses[stages - 1]

    return shift, show
