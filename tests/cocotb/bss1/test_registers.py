"""The registers of a HICANN: every field is written, read, reset; what is no register answers with an error."""

from __future__ import annotations

import random

from inloop.behavioral.bss1.fabric.config import SECTIONS
from inloop.rtl.bss1.register_map import IDENTITY, register_map

from tests.behavioral.bss1.fabric.storms import TINY
from tests.cocotb.bss1 import bench_path
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design

REGISTERS = register_map(TINY)
OKAY, SLVERR = 0, 2


def test_every_register_keeps_its_fields(simulate: Simulate) -> None:
    rng = random.Random(7)
    banks = [REGISTERS.bank(name) for name in SECTIONS]
    places = [(bank, REGISTERS.address(bank.name, n)) for bank in banks for n in range(bank.count)]
    words = [rng.getrandbits(32) for _ in places]
    writes = [(address, word) for (_, address), word in zip(places, words, strict=True)]
    reads = [(address, None) for _, address in places]
    answers = simulate(top_design(TINY)).call(bench_path.accesses, [*reads, *writes, *reads])
    after_reset, written, kept = (answers[n * len(places) : (n + 1) * len(places)] for n in range(3))
    assert after_reset == [(OKAY, bank.word_reset()) for bank, _ in places]
    assert {response for response, _ in written} == {OKAY}
    assert kept == [(OKAY, word & bank.word_mask()) for (bank, _), word in zip(places, words, strict=True)]


def test_writes_of_single_bytes_are_refused(simulate: Simulate) -> None:
    address, bank = REGISTERS.address("background", 3), REGISTERS.bank("background")
    for strobes in (0, 1, 0b0111, 0b1110):
        steps = [(address, bank.word_mask()), (address, None)]
        answers = simulate(top_design(TINY)).call(bench_path.accesses, steps, strobes)
        assert answers == [(SLVERR, 0), (OKAY, bank.word_reset())]


def test_the_chip_says_what_it_is(simulate: Simulate) -> None:
    answers = simulate(top_design(TINY)).call(bench_path.accesses, [(REGISTERS.address("identity"), None)])
    assert answers == [(OKAY, IDENTITY)]


def test_what_is_no_register_is_refused(simulate: Simulate) -> None:
    """Reads and writes behind the end of each region, between words, and writes to counters."""
    steps: list[tuple[int, int | None]] = []
    for region in REGISTERS.regions:
        first = REGISTERS.address(REGISTERS.region(region)[0].name)
        behind = first + 4 * REGISTERS.words(region)
        if REGISTERS.words(region) < 1 << REGISTERS.offset_bits:
            steps += [(behind, None), (behind, 1)]
        steps += [(first + 1, None), (first + 2, 1)]
    steps += [(REGISTERS.address(name), 5) for name in ("identity", "encoder_lost", "out_lost", "line_events")]
    answers = simulate(top_design(TINY)).call(bench_path.accesses, steps)
    assert {response for response, _ in answers} == {SLVERR}
