"""Configuration words of equal entities, kept beside the logic that reads them."""

from __future__ import annotations

from typing import Any

from myhdl import always, block, intbv

from .register_map import WORD_BITS


@block
def config_memory(
    *, clock: Any, reset: Any, select: Any, write: Any, index: Any, wdata: Any, rdata: Any, words: Any, reset_value: int
) -> Any:
    """Write or read word `index` while `select`; `rdata` is valid in the next cycle and 0 in all others."""
    count = len(words)
    width = len(words[0])

    @always(clock.posedge)
    def access() -> None:
        rdata.next = 0
        if reset:
            for entity in range(count):
                words[entity].next = reset_value
        elif select:
            if write:
                words[index].next = wdata[width:]
            else:
                shown = intbv(0)[WORD_BITS:]
                shown[width:] = words[index]
                rdata.next = shown

    return access
