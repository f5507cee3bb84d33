"""The FIFO equals a queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.rtl.lib.fifo import fifo
from myhdl import Signal, intbv

from tests.rtl.bench import bit, play, vector


@pytest.mark.parametrize("depth", [2, 4])
@settings(max_examples=5, deadline=None)  # of many steps each: to describe the block takes longest
@given(
    steps=st.lists(
        st.tuples(st.booleans(), st.booleans(), st.integers(0, 255), st.sampled_from(["go on", "forget", "keep head"])),
        min_size=60,
        max_size=160,
    )
)
def test_it_is_a_queue(depth: int, steps: list[tuple[bool, bool, int, str]]) -> None:
    """Which can be told to forget all, or all behind its head."""
    clear, keep, write, read, filled = (bit() for _ in range(5))
    data, head, count = vector(8), vector(8), Signal(intbv(0, 0, depth + 1))
    queue: deque[int] = deque()

    def script() -> Generator[Any, None, None]:
        nonlocal queue
        clear.next = 1
        yield
        for push, pop, value, kind in steps:
            pushed, popped = push and len(queue) < depth, pop and bool(queue)
            kept = [queue[0]] if kind == "keep head" and queue and not popped else []
            write.next, read.next, data.next = pushed, popped, value
            clear.next, keep.next = kind != "go on", bool(kept)
            yield
            after = [*list(queue)[popped:], *([value] if pushed else [])]
            queue = deque(after if kind == "go on" else kept)
            assert int(count) == len(queue)
            assert bool(filled) == bool(queue)
            assert int(head) == (queue[0] if queue else 0)

    ends = {"write": write, "data": data, "read": read, "head": head, "filled": filled, "count": count}
    play(fifo, {"clear": clear, "keep": keep, **ends, "depth": depth}, script)
