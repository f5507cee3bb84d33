"""One background generator: events at regular times, or drawn at random at regular times."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, block, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.register_map import WORD_BITS
from .buildable import DRAWN_BITS
from .register_map import register_map


@block
def background(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    run: Any,
    select: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    event_valid: Any,
    event_label: Any,
    spec: ChipSpec,
) -> Any:
    """Count down in ticks of the generator clock; see the contract for the draw."""
    bank = register_map(spec).bank("background")
    assert bank.words == 3
    words = tuple(Signal(intbv(bank.word_reset(k))[bank.word_bits(k) :]) for k in range(bank.words))
    timing, source, shape = words
    timing_bits, source_bits, shape_bits = (bank.word_bits(k) for k in range(bank.words))
    timing_reset, source_reset, shape_reset = (bank.word_reset(k) for k in range(bank.words))
    names = ("enable", "random", "period", "mask", "rate", "label")
    enable, random, period, mask, rate, label = (bank.field(name) for name in names)
    assert [enable.word, random.word, period.word, mask.word, rate.word, label.word] == [0, 0, 0, 2, 2, 2]
    enable_at, random_at = enable.low, random.low
    period_low, period_high = period.low, period.high
    mask_low, mask_high = mask.low, mask.high
    rate_low, rate_high = rate.low, rate.high
    label_low, label_high, label_bits = label.low, label.high, label.bits
    step = spec.background_ticks_per_cycle
    feedback = spec.background_lfsr_mask
    steps = spec.background_lfsr_steps
    count_bits = period.bits

    enabled_before = Signal(False)
    counter = Signal(intbv(0)[count_bits:])
    state = Signal(intbv(1)[source_bits:])

    @always(clock.posedge)
    def configure() -> None:
        rdata.next = 0
        if reset:
            timing.next = timing_reset
            source.next = source_reset
            shape.next = shape_reset
        elif select:
            if write:
                if index == 0:
                    timing.next = wdata[timing_bits:]
                elif index == 1:
                    source.next = wdata[source_bits:]
                else:
                    shape.next = wdata[shape_bits:]
            elif index == 0:
                shown = intbv(0)[WORD_BITS:]
                shown[timing_bits:] = timing
                rdata.next = shown
            elif index == 1:
                shown = intbv(0)[WORD_BITS:]
                shown[source_bits:] = source
                rdata.next = shown
            else:
                shown = intbv(0)[WORD_BITS:]
                shown[shape_bits:] = shape
                rdata.next = shown

    @always(clock.posedge)
    def count_down() -> None:
        event_valid.next = 0
        enabled_before.next = timing[enable_at]
        if clear or (timing[enable_at] and not enabled_before):
            counter.next = timing[period_high:period_low]
            state.next = source
            if source == 0:
                state.next = 1
            if clear:
                event_label.next = 0
        elif run and timing[enable_at]:
            if counter > step:
                counter.next = counter - step
            else:
                drawn = intbv(0)[source_bits:]
                emitted = intbv(0)[label_bits:]
                reload = intbv(0)[count_bits:]
                reload[:] = timing[period_high:period_low]
                if reload < step:
                    reload[:] = step
                counter.next = counter + reload - step
                emitted[:] = shape[label_high:label_low]
                if timing[random_at]:
                    drawn[:] = state
                    for _ in range(steps):
                        if drawn[0]:
                            drawn[:] = (drawn >> 1) ^ feedback
                        else:
                            drawn[:] = drawn >> 1
                    state.next = drawn
                    emitted[DRAWN_BITS:] = (emitted[DRAWN_BITS:] & ~shape[mask_high:mask_low]) | (
                        drawn[2 * DRAWN_BITS : DRAWN_BITS] & shape[mask_high:mask_low]
                    )
                    if drawn[DRAWN_BITS:] <= shape[rate_high:rate_low]:
                        event_valid.next = 1
                        event_label.next = emitted
                else:
                    event_valid.next = 1
                    event_label.next = emitted

    return configure, count_down
