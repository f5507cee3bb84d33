"""Crossbar: nodes that filter events by label, one arbiter per output, drop counters per input."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, always, always_comb, block, intbv, modbv

from ...behavioral.bss2.fabric.wiring import buses, crossbar_inputs, crossbar_nodes, crossbar_outputs
from ...behavioral.bss2.spec import ChipSpec
from ..lib.config_memory import config_memory
from ..lib.widths import bits_for
from .crossbar_output import crossbar_output
from .register_map import register_map


def node_positions(spec: ChipSpec) -> tuple[int, ...]:
    """Place of each node in the configuration memory, where the nodes of an output lie side by side."""
    nodes = crossbar_nodes(spec)
    order = sorted(range(len(nodes)), key=lambda number: nodes[number].target)
    return tuple(order.index(number) for number in range(len(nodes)))


@block
def crossbar(
    *,
    clock: Any,
    reset: Any,
    clear: Any,
    select: Any,
    write: Any,
    index: Any,
    wdata: Any,
    rdata: Any,
    valid: Any,
    labels: Any,
    room: Any,
    slow: Any,
    count_events: Any,
    event_valid: Any,
    event_labels: Any,
    event_counts: Any,
    drop_counts: Any,
    spec: ChipSpec,
) -> Any:
    """Route events. Vectors: one bit, label or counter per input or output, the first one in the lowest bits."""
    nodes = crossbar_nodes(spec)
    bank = register_map(spec).bank("nodes")
    outputs = crossbar_outputs(spec)
    event_bits = len(event_counts) // outputs
    words = [Signal(intbv(bank.word_reset())[bank.word_bits() :]) for _ in nodes]
    memory = config_memory(
        clock=clock, reset=reset, select=select, write=write, index=index, wdata=wdata, rdata=rdata, words=words,
        reset_value=bank.word_reset(),
    )  # fmt: skip

    instances = []
    out_valid, out_label, out_count = [], [], []
    drops = []
    first = 0
    for output in range(outputs):
        numbers = [number for number, node in enumerate(nodes) if node.target == output]
        drops.append(Signal(intbv(0)[len(numbers) :]))
        link = output - buses(spec)
        out_valid.append(Signal(False))
        out_label.append(Signal(intbv(0)[spec.label_bits :]))
        out_count.append(Signal(modbv(0)[event_bits:]))
        instances.append(
            crossbar_output(
                clock=clock,
                clear=clear,
                valid=valid,
                labels=labels,
                words=words,
                base=first,
                sources=tuple(nodes[number].source for number in numbers),
                room=room,
                slow=slow,
                link=link if link >= 0 else None,
                count_events=count_events,
                output=output,
                event_valid=out_valid[-1],
                event_label=out_label[-1],
                event_count=out_count[-1],
                drops=drops[-1],
                spec=spec,
            )
        )
        first += len(numbers)

    all_drops = ConcatSignal(*reversed(drops))
    all_valid = ConcatSignal(*reversed(out_valid))
    all_labels = ConcatSignal(*reversed(out_label))
    all_counts = ConcatSignal(*reversed(out_count))

    @always_comb
    def show_valid() -> None:
        event_valid.next = all_valid

    @always_comb
    def show_labels() -> None:
        event_labels.next = all_labels

    @always_comb
    def show_counts() -> None:
        event_counts.next = all_counts

    count_drops = drop_counters(clock=clock, clear=clear, drops=all_drops, drop_counts=drop_counts, spec=spec)
    return memory, instances, show_valid, show_labels, show_counts, count_drops


@block
def drop_counters(*, clock: Any, clear: Any, drops: Any, drop_counts: Any, spec: ChipSpec) -> Any:
    """Add up the dropping nodes, one bit each as in the configuration memory, into a saturating counter per input."""
    sources = tuple(node.source for node in crossbar_nodes(spec))
    positions = node_positions(spec)
    nodes = len(sources)
    counter_bits = len(drop_counts) // crossbar_inputs(spec)
    position_bits = bits_for(nodes)
    last_of_input = tuple(int(n + 1 == nodes or sources[n + 1] != sources[n]) for n in range(nodes))
    assert tuple(dict.fromkeys(sources)) == tuple(range(crossbar_inputs(spec)))  # so `low` steps through the counters
    low_bits = bits_for(len(drop_counts))
    sum_bits = counter_bits + 1
    limit = (1 << counter_bits) - 1

    @always(clock.posedge)
    def add() -> None:
        if clear:
            drop_counts.next = 0
        elif drops != 0:
            low = modbv(0)[low_bits:]  # behind the last counter it may begin anew
            total = intbv(0)[sum_bits:]
            extra = intbv(0)[sum_bits:]
            last = intbv(0)[1:]
            position = intbv(0)[position_bits:]
            low[:] = 0
            extra[:] = 0
            for node in range(nodes):
                last[:] = last_of_input[node]
                position[:] = positions[node]
                if drops[position]:
                    extra[:] = extra + 1
                if last != 0:
                    total[:] = 0
                    total[counter_bits:] = drop_counts[low + counter_bits : low]
                    total[:] = total + extra
                    if total > limit:
                        total[:] = limit
                    if extra != 0:
                        drop_counts.next[low + counter_bits : low] = total[counter_bits:]
                    extra[:] = 0
                    low[:] = low + counter_bits

    return add
