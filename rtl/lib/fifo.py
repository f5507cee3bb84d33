"""First in, first out: a word written in cycle c is at the head in cycle c + 1 at the earliest."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, always, always_comb, block, intbv, modbv

from .widths import bits_for


@block
def fifo(
    *,
    clock: Any,
    clear: Any,
    keep: Any,
    write: Any,
    data: Any,
    read: Any,
    head: Any,
    filled: Any,
    count: Any,
    depth: int,
) -> Any:
    """Store up to `depth` words, a power of two; the head is 0 unless `filled`.

    `clear` forgets all words, with `keep` all but the head. The caller writes only while `count` < `depth`, reads only
    while `filled` and keeps only while `filled`.
    """
    words = [Signal(intbv(0)[len(data) :]) for _ in range(depth)]
    first = Signal(modbv(0)[bits_for(depth) :])
    behind = Signal(modbv(0)[bits_for(depth) :])

    @always(clock.posedge)
    def store() -> None:
        if clear:
            if keep:
                behind.next = first + 1
                count.next = 1
            else:
                first.next = 0
                behind.next = 0
                count.next = 0
        else:
            if write:
                words[behind].next = data
                behind.next = behind + 1
            if read:
                first.next = first + 1
            if write and not read:
                count.next = count + 1
            elif read and not write:
                count.next = count - 1

    @always_comb
    def show() -> None:
        if count != 0:
            filled.next = 1
            head.next = words[first]
        else:
            filled.next = 0
            head.next = 0

    return store, show
