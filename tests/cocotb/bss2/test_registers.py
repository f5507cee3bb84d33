"""The register file through a standard AXI4-Lite master: every field, illegal accesses, stalls, traffic both ways."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.bss2.register_map import register_map
from inloop.rtl.lib.register_map import WORD_BYTES, Bank

from tests.cocotb.bss2 import bench_host
from tests.cocotb.bss2.strategies import FEW, MANY, plenty
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import top_design

SPEC = chip_spec("tiny")
MAP = register_map(SPEC)
OKAY, SLVERR = 0, 2
STILL = ("time_low", "time_high")  # with run = 0 the time stands at 0, as after reset


def words(access: str) -> Iterator[tuple[Bank, int, int, int]]:
    """Yield bank, entity, word and byte address of all registers."""
    for bank in MAP.banks:
        if bank.access == access:
            for entity in range(bank.count):
                for word in range(bank.words):
                    yield bank, entity, word, MAP.address(bank.name, entity, word)


def kept(bank: Bank, word: int, value: int) -> int:
    """Return what a register reads after `value` was written."""
    mask = bank.word_mask(word)
    if bank.name == "control":
        mask &= ~(1 << bank.field("clear").low)
    return value & mask


def expect_reads(simulate: Simulate, steps: list[tuple[int, int | None, int]], pause: float = 0.0) -> list[int]:
    """Do operations that must succeed and return the values read."""
    answers = simulate(top_design(SPEC), "-host").call(bench_host.operations, steps, 1, pause)
    assert [answer for _, answer in answers] == [OKAY] * len(steps)
    return [data for (data, _), (_, word, _) in zip(answers, steps, strict=True) if word is None]


def test_reset_values(simulate: Simulate) -> None:
    registers = [*words("rw"), *words("ro")]
    seen = expect_reads(simulate, [(address, None, 4) for *_, address in registers])
    assert seen == [bank.word_reset(word) for bank, _, word, _ in registers]


@pytest.mark.parametrize("pattern", [0xFFFFFFFF, 0x55555555, 0xAAAAAAAA, None])
def test_every_field_is_written_and_read(pattern: int | None, simulate: Simulate) -> None:
    """All registers are written before any is read, so one that shadows another shows; None: random words."""
    rng = random.Random(5)
    registers = [register for register in words("rw") if register[0].name != "control"]
    values = [rng.getrandbits(32) if pattern is None else pattern for _ in registers]
    steps = [(address, value, 4) for (*_, address), value in zip(registers, values, strict=True)]
    seen = expect_reads(simulate, [*steps, *((address, None, 4) for *_, address in registers)])
    assert seen == [kept(bank, word, value) for (bank, _, word, _), value in zip(registers, values, strict=True)]


def test_each_field_alone(simulate: Simulate) -> None:
    """Each bit field goes from its reset value to its complement; the other fields of the word stay."""
    steps: list[tuple[int, int | None, int]] = []
    expected = []
    for bank, _, word, address in words("rw"):
        for bits in bank.fields:
            if bits.word == word and bank.name != "control":
                value = bank.word_reset(word) ^ ((1 << bits.bits) - 1) << bits.low
                steps += [(address, value, 4), (address, None, 4)]
                expected.append(value)
    assert expect_reads(simulate, steps) == expected


def test_clear_keeps_the_configuration_and_reads_as_zero(simulate: Simulate) -> None:
    rng = random.Random(6)
    control = MAP.address("control")
    clear = 1 << MAP.bank("control").field("clear").low
    registers = [register for register in words("rw") if register[0].name != "control"]
    values = [rng.getrandbits(32) for _ in registers]
    writes = [(address, value, 4) for (*_, address), value in zip(registers, values, strict=True)]
    steps = [*writes, (control, clear, 4), (control, None, 4), *((address, None, 4) for *_, address in registers)]
    seen = expect_reads(simulate, steps)
    assert seen[0] == 0
    assert seen[1:] == [kept(bank, word, value) for (bank, _, word, _), value in zip(registers, values, strict=True)]


def test_run_is_kept(simulate: Simulate) -> None:
    control = MAP.address("control")
    assert expect_reads(simulate, [(control, 1, 4), (control, None, 4), (control, 0, 4), (control, None, 4)]) == [1, 0]


def test_illegal_accesses_are_refused(simulate: Simulate) -> None:
    """Unmapped and misaligned addresses, writes to counters, and writes of single bytes change nothing."""
    mapped = {address for access in ("rw", "ro") for *_, address in words(access)}
    every = range(0, 1 << MAP.address_bits, WORD_BYTES)
    unmapped = [address for address in every if address not in mapped]
    chosen = random.Random(7).sample(unmapped, 300) + unmapped[-2:] + [max(mapped) + WORD_BYTES]
    chosen += [MAP.address(bank.name) + WORD_BYTES * bank.count * bank.words for bank in MAP.banks]
    refused: list[tuple[int, int | None, int]] = []
    for address in sorted(set(chosen) - mapped):
        refused += [(address, None, 4), (address, 0xFFFFFFFF, 4)]
    refused += [(address, 0xFFFFFFFF, 4) for *_, address in words("ro")]
    refused += [(address, 0xFF, 1) for *_, address in words("rw")]
    refused += [(address, 0xFFFFFFFF, 3) for *_, address in words("rw")]
    after: list[tuple[int, int | None, int]] = [
        (address, None, 4) for access in ("rw", "ro") for *_, address in words(access)
    ]
    answers = simulate(top_design(SPEC), "-host").call(bench_host.operations, [*refused, *after], 1, 0.0)
    assert [answer for _, answer in answers[: len(refused)]] == [SLVERR] * len(refused)
    resets = [bank.word_reset(word) for access in ("rw", "ro") for bank, _, word, _ in words(access)]
    assert answers[len(refused) :] == [(value, OKAY) for value in resets]


@pytest.mark.parametrize("pause", [0.3, 0.8])
@pytest.mark.parametrize("seed", [1, 2])
def test_stalls_on_all_channels(seed: int, pause: float, simulate: Simulate) -> None:
    rng = random.Random(seed)
    registers = [register for register in words("rw") if register[0].name != "control"]
    values = {address: bank.word_reset(word) for bank, _, word, address in registers}
    steps: list[tuple[int, int | None, int]] = []
    expected = []
    for _ in range(150):
        bank, _, word, address = rng.choice(registers[:60])
        if rng.random() < 0.5:
            value = rng.getrandbits(32)
            values[address] = kept(bank, word, value)
            steps.append((address, value, 4))
        else:
            steps.append((address, None, 4))
            expected.append(values[address])
    assert expect_reads(simulate, steps, pause) == expected


@pytest.mark.parametrize("pause", [0.0, 0.5])
def test_reads_and_writes_at_once(pause: float, simulate: Simulate) -> None:
    """Neither direction starves the other, and no answer goes astray."""
    rng = random.Random(9)
    registers = [register for register in words("rw") if register[0].name != "control"]
    half = len(registers) // 2
    writes = [(address, rng.getrandbits(32)) for *_, address in registers[:half]]
    quiet = [*words("ro"), *registers[half:]]
    reads = [rng.choice(quiet) for _ in writes]
    unmapped = max(address for access in ("rw", "ro") for *_, address in words(access)) + WORD_BYTES
    addresses = [unmapped if n % 10 == 0 else address for n, (*_, address) in enumerate(reads)]
    simulation = simulate(top_design(SPEC), "-host")
    written, seen = simulation.call(bench_host.in_parallel, writes, addresses, 3, pause)
    assert written == [(0, OKAY)] * len(writes)
    values = [(bank.word_reset(word), OKAY) for bank, _, word, _ in reads]
    assert [answer for n, answer in enumerate(seen) if n % 10] == [value for n, value in enumerate(values) if n % 10]
    assert {answer for _, answer in seen[::10]} == {SLVERR}


CONTROL = MAP.address("control")
CLEAR = 1 << MAP.bank("control").field("clear").low
RUN = MAP.bank("control").word_mask(0) & ~CLEAR
REGISTERS = {address: (bank, word) for access in ("rw", "ro") for bank, _, word, address in words(access)}
ADDRESSES = st.sampled_from(sorted(REGISTERS)) | st.integers(0, (1 << MAP.address_bits) // WORD_BYTES - 1).map(
    lambda place: place * WORD_BYTES
)
OPERATIONS = st.tuples(
    ADDRESSES, st.none() | st.integers(0, (1 << 32) - 1), st.sampled_from([WORD_BYTES] * 3 + [1, 2, 3])
)


def answers_of_the_map(steps: list[tuple[int, int | None, int]]) -> list[tuple[int, int]]:
    """Return the data and response of each operation after reset, as the register map has them; time stands still."""
    memory = {address: bank.word_reset(word) for address, (bank, word) in REGISTERS.items()}
    answers = []
    for address, value, count in steps:
        if address not in REGISTERS:
            answers.append((0, SLVERR))
        elif value is None:
            answers.append((memory[address] & (1 << 8 * count) - 1, OKAY))
        elif REGISTERS[address][0].access == "ro" or count < WORD_BYTES:
            answers.append((0, SLVERR))
        else:
            bank, word = REGISTERS[address]
            memory[address] = kept(bank, word, value)
            answers.append((0, OKAY))
    return answers


def check_operations(steps: list[tuple[int, int | None, int]], seed: int, pause: float, simulate: Simulate) -> None:
    still = [(a, None if value is None else value & ~RUN if a == CONTROL else value, n) for a, value, n in steps]
    bus = simulate(top_design(SPEC), "-host")
    assert bus.call(bench_host.operations, still, seed, pause) == answers_of_the_map(still)


@FEW
@given(steps=plenty(OPERATIONS, 30), seed=st.integers(0, 99), pause=st.sampled_from([0.0, 0.3, 0.8]))
def test_any_operations(steps: list[tuple[int, int | None, int]], seed: int, pause: float, simulate: Simulate) -> None:
    check_operations(steps, seed, pause, simulate)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@MANY
@given(steps=plenty(OPERATIONS, 30), seed=st.integers(0, 99), pause=st.sampled_from([0.0, 0.3, 0.8]))
def test_any_operations_at_length(
    steps: list[tuple[int, int | None, int]], seed: int, pause: float, simulate: Simulate
) -> None:
    check_operations(steps, seed, pause, simulate)
