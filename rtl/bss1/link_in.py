"""Link in, one channel: words wait in slots until the low bits of time are those of their stamp."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv, modbv

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.widths import bits_for


@block
def release_buffer(
    *,
    clock: Any,
    clear: Any,
    run: Any,
    now: Any,
    channel: Any,
    enable: Any,
    to_chip: Any,
    word: Any,
    word_valid: Any,
    event_valid: Any,
    event_address: Any,
    closed: Any,
    expired: Any,
    full_count: Any,
    collided: Any,
    spec: Bss1Spec,
) -> Any:
    """Keep words of this channel and release them, at most one every second cycle; count those that are lost."""
    slots = spec.buffer_slots
    slot_bits = bits_for(slots)
    bits = spec.address_bits
    stamp_bits = spec.stamp_bits
    low_bits = spec.compare_bits
    channel_low = stamp_bits + bits
    channel_high = channel_low + bits_for(ENCODERS)
    count_bits = len(collided)
    count_max = (1 << count_bits) - 1
    sum_bits = count_bits + 1

    stamps = [Signal(intbv(0)[low_bits:]) for _ in range(slots)]
    addresses = [Signal(intbv(0)[bits:]) for _ in range(slots)]
    full = Signal(intbv(0)[slots:])
    spare = Signal(intbv(0)[bits:])
    spare_full = Signal(False)

    @always(clock.posedge)
    def keep_and_send() -> None:
        if clear:
            full.next = 0
            spare_full.next = 0
            event_valid.next = 0
            event_address.next = 0
            closed.next = 0
            expired.next = 0
            full_count.next = 0
            collided.next = 0
            spare.next = 0
            for n in range(slots):
                stamps[n].next = 0
                addresses[n].next = 0
        else:
            after = intbv(0)[slots:]
            lost = intbv(0)[sum_bits:]
            may_serve = intbv(0)[1:]
            spare_taken = intbv(0)[1:]
            found = intbv(0)[1:]
            slot = intbv(0)[slot_bits:]
            ahead = modbv(0)[stamp_bits:]
            after[:] = full
            event_valid.next = 0
            if run and (full != 0 or spare_full):
                may_serve[:] = not event_valid
                spare_taken[:] = spare_full
                lost[count_bits:] = collided
                if may_serve != 0 and spare_full:
                    event_valid.next = 1
                    event_address.next = spare
                    may_serve[:] = 0
                    spare_taken[:] = 0
                for n in range(slots):
                    if full[n] and stamps[n] == now[low_bits:]:
                        after[n] = 0
                        if may_serve != 0:
                            event_valid.next = 1
                            event_address.next = addresses[n]
                            may_serve[:] = 0
                        elif spare_taken == 0:
                            spare.next = addresses[n]
                            spare_taken[:] = 1
                        else:
                            lost[:] = lost + 1
                spare_full.next = spare_taken != 0
                if lost > count_max:
                    collided.next = count_max
                else:
                    collided.next = lost[count_bits:]
            if word_valid and word[channel_high:channel_low] == channel:
                ahead[:] = word[stamp_bits:] - now
                found[:] = 0
                slot[:] = 0
                for n in range(slots):
                    if found == 0 and not full[n]:
                        found[:] = 1
                        slot[:] = n
                if not (enable and to_chip):
                    if closed != count_max:
                        closed.next = closed + 1
                elif ahead == 0 or ahead[stamp_bits - 1]:
                    if expired != count_max:
                        expired.next = expired + 1
                elif found == 0:
                    if full_count != count_max:
                        full_count.next = full_count + 1
                else:
                    after[slot] = 1
                    stamps[slot].next = word[low_bits:]
                    addresses[slot].next = word[channel_low:stamp_bits]
            full.next = after

    return keep_and_send
