"""Release buffers: the fate of every word equals that of a buffer that is stepped cycle by cycle."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.link_in import CLOSED, COLLIDED, EXPIRED, FULL, RELEASED, deliver
from inloop.behavioral.bss1.fabric.stimulus import fates, scheduled, stimulus
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.digital.ticks import NEVER

SPEC = bss1_spec("bss1-tiny")
OPEN = FabricConfig.default(SPEC).with_section("channels", enable=1, to_chip=1)
CYCLES = 400


def stepped(spec: Bss1Spec, words: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return fate and cycle of words (arrival, stamp) of one channel, by the contract's rules."""
    slots: list[int | None] = [None] * spec.buffer_slots
    spare: int | None = None
    served = -9
    low = (1 << spec.compare_bits) - 1
    found = [(RELEASED, NEVER)] * len(words)
    for cycle in range(-20, CYCLES):
        time = max(cycle, 0)
        free = [n for n, word in enumerate(slots) if word is None]
        if cycle >= 0:
            can = served < cycle - 1
            if can and spare is not None:
                found[spare], served, can, spare = (RELEASED, cycle), cycle, False, None
            for n, word in enumerate(slots):
                if word is not None and (words[word][1] ^ time) & low == 0:
                    slots[n] = None
                    if can:
                        found[word], served, can = (RELEASED, cycle), cycle, False
                    elif spare is None:
                        spare = word
                    else:
                        found[word] = (COLLIDED, cycle)
        for number, (arrival, stamp) in enumerate(words):
            if arrival == cycle:
                if not 0 < (stamp - time) % (1 << spec.stamp_bits) < 1 << spec.stamp_bits - 1:
                    found[number] = (EXPIRED, cycle)
                elif not free:
                    found[number] = (FULL, cycle)
                else:
                    slots[free[0]] = number
    return found


@settings(deadline=None, max_examples=150)
@given(
    arrivals=st.sets(st.integers(-15, 150), max_size=60), ahead=st.lists(st.integers(-4, 90), min_size=60, max_size=60),
    together=st.sampled_from([0, 3, 15]), slots=st.integers(2, 5),
)  # fmt: skip
def test_fates(arrivals: set[int], ahead: list[int], together: int, slots: int) -> None:
    spec = SPEC.with_fields(buffer_slots=slots)
    words = [
        ((max(a, 0) + d | together) % (1 << spec.stamp_bits)) for a, d in zip(sorted(arrivals), ahead, strict=False)
    ]
    pairs = list(zip(sorted(arrivals), words, strict=True))
    given_ = stimulus(spec, [(a, 5, 0, stamp) for a, stamp in pairs])
    _, _, fate, cycle = fates(spec, OPEN, given_)
    assert list(zip(fate.tolist(), cycle.tolist(), strict=True)) == stepped(spec, pairs)


def test_a_closed_channel_loses_all() -> None:
    words = [(0, 1, 0, 9), (1, 2, 0, 9), (2, 3, 0, 9)]
    config = OPEN.with_section("channels", enable=np.arange(8) != 2, to_chip=np.arange(8) != 3)
    _, _, fate, _ = fates(SPEC, config, stimulus(SPEC, words))
    assert fate.tolist() == [RELEASED, CLOSED, CLOSED]


def test_low_bits_release_early() -> None:
    """A word that is two periods of the compared bits ahead leaves in the first period."""
    spec = bss1_spec("bss1")
    config = FabricConfig.default(spec).with_section("channels", enable=1, to_chip=1)
    _, _, fate, cycle = fates(spec, config, stimulus(spec, [(0, 0, 0, 500), (1, 0, 0, 2048 + 300)]))
    assert fate.tolist() == [RELEASED, RELEASED]
    assert cycle.tolist() == [500, 300]


def test_the_distributor_keeps_ahead_and_drops_what_it_cannot_send() -> None:
    spec = bss1_spec("bss1")
    assert deliver(spec, np.array([320, 330, 1000])).tolist() == [256 + 5, 256 + 10, 928 + 5]
    burst = np.full(20, 320)
    arrival = deliver(spec, burst)
    sent = 32 // spec.link_event_cycles + 1  # as many as begin within the block
    assert (arrival < NEVER).sum() == sent
    words, dropped = scheduled(spec, [(320, 0, 1)] * 20)
    assert (len(words), dropped) == (sent, 20 - sent)


@given(st.lists(st.integers(0, 3000), max_size=80))
def test_what_is_delivered_is_in_time(releases: list[int]) -> None:
    spec = bss1_spec("bss1")
    arrival = deliver(spec, np.array(releases, np.int64))
    sent = arrival < NEVER
    ahead = np.array(releases, np.int64)[sent] - arrival[sent]
    assert (ahead > 0).all()
    assert (ahead < 96).all()
    assert (np.diff(np.sort(arrival[sent])) >= spec.link_event_cycles).all()


@pytest.mark.parametrize("rate", [0.02, 0.1])
def test_words_of_the_distributor_do_not_expire(rate: float) -> None:
    spec = bss1_spec("bss1")
    config = FabricConfig.default(spec).with_section("channels", enable=1, to_chip=1)
    rng = np.random.default_rng(1)
    at = np.flatnonzero(rng.random(5000) < rate)
    words, _ = scheduled(spec, np.stack([at, rng.integers(0, 8, len(at)), at % 64], axis=1))
    _, _, fate, _ = fates(spec, config, stimulus(spec, words))
    assert set(fate.tolist()) <= {RELEASED, FULL, COLLIDED}
    assert (fate == RELEASED).mean() > 0.95
