"""Synapse drivers as a block: the whole row-compare table, row modes, labels, plasticity against closed form."""

from __future__ import annotations

import random

import numpy as np
from inloop.behavioral.bss2.spec import chip_spec
from inloop.rtl.bss2.register_map import register_map

from tests.cocotb.bss2 import bench_drivers
from tests.cocotb.conftest import Simulate
from tests.cocotb.designs import block_design

BSS2 = chip_spec("bss2")
TINY = chip_spec("tiny")
MODES = ("exc_bottom", "exc_top", "inh_bottom", "inh_top")


def word(**values: int) -> int:
    """Return a driver's word; fields not named are 0."""
    bank = register_map(BSS2).bank("drivers")
    return sum(value << bank.field(name).low for name, value in values.items())


def part(value: int, number: int, bits: int) -> int:
    return value >> number * bits & (1 << bits) - 1


def test_row_compare_table(simulate: Simulate) -> None:
    """All 32 masks × 32 indices × 32 row selects, on all four buses."""
    selects = range(1 << BSS2.row_select_bits)
    words = [[word(receiver=1, compare_mask=mask)] * BSS2.drivers for mask in selects]
    steps = [(select << BSS2.synapse_label_bits, 0) for select in selects]
    bits = BSS2.row_select_bits + BSS2.synapse_label_bits
    simulation = simulate(block_design(BSS2, "synapse_drivers"))
    seen = simulation.call(bench_drivers.table, words, steps, BSS2.padi_buses, bits)
    index = np.arange(BSS2.drivers) // BSS2.padi_buses
    for mask in selects:
        for select in selects:
            matches = np.flatnonzero((index & mask) == (select & mask))
            assert seen[mask][select][0] == sum(1 << int(driver) for driver in matches), f"mask {mask}, select {select}"


def test_modes_receivers_and_labels(simulate: Simulate) -> None:
    """All 16 row modes, with and without receiver and `address_out`; the label holds after the event."""
    rng = random.Random(2)
    cases = [(mode, receiver, whole) for mode in range(16) for receiver in (0, 1) for whole in (0, 1)]
    rng.shuffle(cases)
    labels = [0b100000, 0b011111, 0b101010, 0b000001]
    steps = [step for label in labels for step in ((label, 0), (None, 0))]
    words = []
    for first in range(0, len(cases), TINY.drivers):
        group = cases[first : first + TINY.drivers]
        modes = [{name: mode >> bit & 1 for bit, name in enumerate(MODES)} for mode, _, _ in group]
        rows = zip(group, modes, strict=True)
        words.append([word(receiver=receiver, address_out=whole, **named) for (_, receiver, whole), named in rows])
    bits = TINY.row_select_bits + TINY.synapse_label_bits
    seen = simulate(block_design(TINY, "synapse_drivers")).call(
        bench_drivers.table, words, steps, TINY.padi_buses, bits
    )
    for number, (mode, receiver, whole) in enumerate(cases):
        run, driver = seen[number // TINY.drivers], number % TINY.drivers
        for at, label in enumerate(labels):
            expected = label if whole else label & 0b100000
            (valid, exc, inh, now, _), (after, exc_after, inh_after, held, _) = run[2 * at : 2 * at + 2]
            assert part(valid, driver, 1) == receiver
            assert part(exc, driver, 2) == (mode & 3) * receiver
            assert part(inh, driver, 2) == (mode >> 2) * receiver
            assert after == exc_after == inh_after == 0
            assert part(now, driver, 6) == part(held, driver, 6) == (expected if receiver else 0)


def test_plasticity_follows_its_closed_form(simulate: Simulate) -> None:
    """Amplitudes lie within one code of the same recursion in real numbers, over rates, strengths and directions."""
    rng = random.Random(3)
    runs, words, steps = [], [], []
    for gap, every in ((1, 1), (7, 4), (60, 1), (3, 64)):
        steps = [(0 if cycle % gap == 0 else None, int(cycle % every == every - 1)) for cycle in range(900)]
        for _ in range(3):
            settings = [
                {"depressing": rng.randrange(2), "utilization": rng.randrange(16), "recovery": rng.randrange(16),
                 "offset": rng.choice([0, 4, 8, 12, 15])}
                for _ in range(TINY.drivers)
            ]  # fmt: skip
            runs.append((settings, steps))
            words.append([word(receiver=1, stp=1, **values) for values in settings])
    bits = TINY.row_select_bits + TINY.synapse_label_bits
    simulation = simulate(block_design(TINY, "synapse_drivers"))
    codes = 0
    for chosen, (settings, steps) in zip(words, runs, strict=True):
        seen = simulation.call(bench_drivers.play, chosen, steps, TINY.padi_buses, bits)
        for driver, values in enumerate(settings):
            used = 0.0  # share of the resource, 0 to 1
            for (event, tick), (*_, amplitudes) in zip(steps, seen, strict=True):
                used *= 1 - tick * (values["recovery"] + 1) / 256
                if event is None:
                    continue
                used += (1 - used) * values["utilization"] / 16
                level = 63 - 64 * used if values["depressing"] else 64 * used
                expected = min(max(level + values["offset"] - 8, 0), 63)
                assert abs(part(amplitudes, driver, 6) - expected) <= 1.01, (values, event, expected)
                codes += 1
    assert codes > 10_000


def test_without_plasticity_pulses_are_full(simulate: Simulate) -> None:
    words = [word(receiver=1, depressing=1, utilization=15, offset=0)] * TINY.drivers
    bits = TINY.row_select_bits + TINY.synapse_label_bits
    seen = simulate(block_design(TINY, "synapse_drivers")).call(
        bench_drivers.play, words, [(0, 1)] * 20, TINY.padi_buses, bits
    )
    assert {amplitudes for *_, amplitudes in seen} == {(1 << 6 * TINY.drivers) - 1}
