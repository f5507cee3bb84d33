"""One output of the crossbar: its nodes, each with room for one event, and the arbiter that empties them."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv

from ...behavioral.bss2.spec import ChipSpec
from ..lib.round_robin import round_robin
from ..lib.widths import bits_for
from .register_map import register_map


@block
def crossbar_output(
    *,
    clock: Any,
    clear: Any,
    valid: Any,
    labels: Any,
    words: Any,
    base: int,
    sources: tuple[int, ...],
    room: Any,
    slow: Any,
    link: int | None,
    count_events: Any,
    output: int,
    event_valid: Any,
    event_label: Any,
    event_count: Any,
    drops: Any,
    spec: ChipSpec,
) -> Any:
    """Take events of the inputs `sources`, one node each; the configuration of node j is word `base` + j.

    `drops` shows the nodes that drop an event in this cycle and count that. `count_events` has a bit per output,
    this is number `output`; `room` and `slow` have a bit per link, and `link` is None if no link is behind this output.
    """
    nodes = len(sources)
    number_bits = bits_for(nodes)
    source_bits = bits_for(len(valid))
    label_bits = spec.label_bits
    low_bits = bits_for(len(labels))
    bank = register_map(spec).bank("nodes")
    mask, target, count_drops = (bank.field(name) for name in ("mask", "target", "count_drops"))
    mask_low, mask_high = mask.low, mask.high
    target_low, target_high = target.low, target.high
    count_at = count_drops.low
    word_bits = bank.word_bits()
    own_inputs = Signal(intbv(sum(1 << source for source in sources))[len(valid) :])  # a constant of this width
    pause = spec.slow_cycles - 1

    held = [Signal(intbv(0)[label_bits:]) for _ in range(nodes)]
    full = Signal(intbv(0)[nodes:])
    take = Signal(intbv(0)[nodes:])
    pointer = Signal(intbv(0)[number_bits:])
    grant = Signal(intbv(0)[nodes:])
    granted = Signal(intbv(0)[number_bits:])
    behind = Signal(intbv(0)[number_bits:])

    @always_comb
    def match() -> None:
        taking = intbv(0)[nodes:]
        dropping = intbv(0)[nodes:]
        word = intbv(0)[word_bits:]
        label = intbv(0)[label_bits:]
        source = intbv(0)[source_bits:]
        low = intbv(0)[low_bits:]
        if (valid & own_inputs) != 0:
            for node in range(nodes):
                source[:] = sources[node]
                if valid[source]:
                    low[:] = source * label_bits
                    label[:] = labels[low + label_bits : low]
                    word[:] = words[base + node]
                    if (label & word[mask_high:mask_low]) == word[target_high:target_low]:
                        if full[node] and not grant[node]:
                            dropping[node] = word[count_at]
                        else:
                            taking[node] = 1
        take.next = taking
        drops.next = dropping

    @always(clock.posedge)
    def nodes_and_output() -> None:
        if clear:
            full.next = 0
            pointer.next = 0
            event_valid.next = 0
            event_label.next = 0
            event_count.next = 0
            for node in range(nodes):
                held[node].next = 0
        else:
            if grant != 0:
                event_valid.next = 1
                event_label.next = held[granted]
                pointer.next = behind
                if count_events[output]:
                    event_count.next = event_count + 1
            else:
                event_valid.next = 0
            full.next = (full & ~grant) | take
            if take != 0:
                source = intbv(0)[source_bits:]
                low = intbv(0)[low_bits:]
                for node in range(nodes):
                    if take[node]:
                        source[:] = sources[node]
                        low[:] = source * label_bits
                        held[node].next = labels[low + label_bits : low]

    if link is None:
        arbiter = round_robin(request=full, pointer=pointer, grant=grant, chosen=granted, after=behind)
        return arbiter, match, nodes_and_output

    ready = Signal(intbv(0)[nodes:])
    wait = Signal(intbv(0)[bits_for(spec.slow_cycles) :])

    @always_comb
    def throttle() -> None:
        if room[link] and not (slow[link] and wait != 0):
            ready.next = full
        else:
            ready.next = 0

    @always(clock.posedge)
    def distance() -> None:
        if clear:
            wait.next = 0
        elif grant != 0:
            wait.next = pause
        elif wait != 0:
            wait.next = wait - 1

    arbiter = round_robin(request=ready, pointer=pointer, grant=grant, chosen=granted, after=behind)
    return arbiter, match, nodes_and_output, throttle, distance
