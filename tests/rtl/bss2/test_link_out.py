"""What the links to the host offer stays until it is taken, in the MyHDL source, whatever is cleared."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.bss1 import link_out as hicann_link_out
from inloop.rtl.bss2 import link_out
from myhdl import Signal, intbv

from tests.behavioral.bss1.fabric.storms import TINY as HICANN
from tests.rtl.bench import bit, play, vector, wrapping

TINY = chip_spec("tiny")
STEPS = st.lists(
    st.tuples(st.integers(0, 255), st.booleans(), st.sampled_from([False] * 9 + [True])), min_size=90, max_size=160
)
Steps = list[tuple[int, bool, bool]]


def kept(kind: Any, before: tuple[Any, ...], after: tuple[Any, ...], event: Any, room: Any, steps: Steps) -> None:
    """Play events, readiness and clears; demand that an offer that was not taken is there in the next cycle.

    before, after: what the block takes before and behind the stream. event: the signal that has a bit per event.
    """
    clock, reset, clear, now = bit(), bit(), bit(), wrapping(len(before[0]))
    tdata, tvalid, tready = vector(64 if kind is link_out.link_out else 32), bit(), bit()

    def script() -> Generator[Any, None, None]:
        reset.next = clear.next = 1
        yield
        reset.next = 0
        for number, (events, ready, cleared) in enumerate(steps):
            event.next = events & ((1 << len(event)) - 1) if room() else 0
            tready.next, clear.next, now.next = ready, cleared, number
            offered = int(tdata) if tvalid and not ready else None
            yield
            if offered is not None:
                assert tvalid
                assert int(tdata) == offered
            elif cleared:
                assert not tvalid

    play(kind, (clock, reset, clear, now, *before[1:], tdata, tvalid, tready, *after), script)


@settings(max_examples=3, deadline=None)
@given(steps=STEPS)
def test_of_the_chip(steps: Steps) -> None:
    valid, room = bit(), bit()
    before = (vector(TINY.time_bits), vector(2), valid, vector(TINY.label_bits), room)
    kept(link_out.link_out, before, (TINY,), valid, lambda: room, steps)


@settings(max_examples=3, deadline=None)
@given(steps=STEPS)
def test_of_a_hicann(steps: Steps) -> None:
    valid, enable = vector(8), Signal(intbv(255)[8:])
    before = (vector(HICANN.stamp_bits), enable, vector(8), valid, vector(8 * HICANN.address_bits))
    kept(hicann_link_out.link_out, before, (vector(8 * 16), HICANN), valid, lambda: True, steps)
