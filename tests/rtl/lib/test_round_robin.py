"""The arbiter grants the first request at the pointer or behind it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from inloop.rtl.lib.round_robin import round_robin
from inloop.rtl.lib.widths import bits_for

from tests.rtl.bench import play, vector


@pytest.mark.parametrize("count", [2, 5, 7])
def test_every_request_at_every_pointer(count: int) -> None:
    request, pointer, grant = vector(count), vector(bits_for(count)), vector(count)
    chosen, after = vector(bits_for(count)), vector(bits_for(count))

    def script() -> Generator[Any, None, None]:
        for requests in range(1 << count):
            for start in range(count):
                request.next, pointer.next = requests, start
                yield
                ring = [(start + k) % count for k in range(count)]
                first = next((n for n in ring if requests >> n & 1), None)
                assert int(grant) == (0 if first is None else 1 << first)
                assert int(chosen) == (first or 0)
                assert int(after) == (0 if first is None else (first + 1) % count)

    signals = {"request": request, "pointer": pointer, "grant": grant, "chosen": chosen, "after": after}
    play(round_robin, signals, script)


def test_the_last_of_64() -> None:
    request, pointer, grant = vector(64), vector(6), vector(64)
    chosen, after = vector(6), vector(6)

    def script() -> Generator[Any, None, None]:
        for place in range(64):
            request.next, pointer.next = 1 << place, (place * 7 + 3) % 64
            yield
            assert (int(grant), int(chosen), int(after)) == (1 << place, place, (place + 1) % 64)

    signals = {"request": request, "pointer": pointer, "grant": grant, "chosen": chosen, "after": after}
    play(round_robin, signals, script)
