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


def kept(kind: Any, own: dict[str, Any], event: Any, room: Any, steps: Steps) -> None:
    """Play events, readiness and clears; demand that an offer that was not taken is there in the next cycle.

    own: what a block is connected to besides what both have. event: the signal that has a bit per event.
    """
    reset, clear, now = bit(), bit(), own["now"]
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

    stream = {"tdata": tdata, "tvalid": tvalid, "tready": tready}
    play(kind, {"reset": reset, "clear": clear, **own, **stream}, script)


@settings(max_examples=3, deadline=None)
@given(steps=STEPS)
def test_of_the_chip(steps: Steps) -> None:
    valid, room = bit(), bit()
    event = {"event_valid": valid, "event_label": vector(TINY.label_bits), "room": room}
    own = {"now": wrapping(TINY.time_bits), "channel": vector(2), **event, "spec": TINY}
    kept(link_out.link_out, own, valid, lambda: room, steps)


@settings(max_examples=3, deadline=None)
@given(steps=STEPS)
def test_of_a_hicann(steps: Steps) -> None:
    valid, enable = vector(8), Signal(intbv(255)[8:])
    events = {"events_valid": valid, "events": vector(8 * HICANN.address_bits), "lost_counts": vector(8 * 16)}
    own = {"now": wrapping(HICANN.stamp_bits), "enable": enable, "to_chip": vector(8), **events, "spec": HICANN}
    kept(hicann_link_out.link_out, own, valid, lambda: True, steps)
