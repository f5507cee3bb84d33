"""Random configurations and inputs for one HICANN, from a seed: dense enough that every kind of loss happens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from inloop.behavioral.bss1.fabric.config import SECTIONS, FabricConfig
from inloop.behavioral.bss1.fabric.stimulus import Stimulus, stimulus
from inloop.behavioral.bss1.fabric.wiring import ENCODERS, MERGERS, TREE
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.sections import section_fields

TINY = bss1_spec("bss1-tiny").with_fields(columns=16, circuits_per_neuron=2, drivers=4)
"""32 neuron circuits, 8 drivers: fast to simulate and to compile."""
READY_PERIOD = 32
BEFORE = 16
"""Words may arrive so many cycles before the run."""


@dataclass(frozen=True)
class Storm:
    """A case. words: arrival, channel, address, stamp; foreign: cycle, line, address; fires: cycle, neuron."""

    config: FabricConfig
    cycles: int
    words: tuple[tuple[int, ...], ...]
    foreign: tuple[tuple[int, ...], ...]
    fires: tuple[tuple[int, ...], ...]
    ready: tuple[bool, ...]

    def stimulus(self, spec: Bss1Spec) -> Stimulus:
        """Return the input."""
        return stimulus(spec, self.words, foreign=self.foreign, ready=self.ready)


def storm(spec: Bss1Spec, seed: int, cycles: int = 200) -> Storm:
    """Draw a case; density of traffic and settings vary from case to case."""
    rng = np.random.default_rng([seed, 4])
    config = random_config(spec, rng)
    arrival = np.arange(-BEFORE, cycles)[rng.random(cycles + BEFORE) < rng.choice([0.0, 0.1, 0.5, 1.0])]
    ahead = rng.integers(rng.choice([-3, 1]), rng.choice([3, 12, 100]), len(arrival))
    stamp = np.maximum(arrival, 0) + ahead
    if rng.random() < 0.3:  # many events for the same moment
        stamp |= 15
    channel = rng.integers(0, rng.choice([1, 3, ENCODERS]), len(arrival))
    address = rng.integers(0, 1 << spec.address_bits, len(arrival))
    words = np.stack([arrival, channel, address, stamp & ((1 << spec.stamp_bits) - 1)], axis=1)
    foreign = np.argwhere(rng.random((cycles, spec.foreign_lines)) < rng.choice([0.0, 0.05, 0.5]))
    foreign = np.column_stack(
        [foreign[:, 0], ENCODERS + foreign[:, 1], rng.integers(0, 1 << spec.address_bits, len(foreign))]
    )
    rate = rng.choice([0.0, 0.01, 0.1, 0.6]) * rng.random(cycles)[:, None]
    fires = np.argwhere(rng.random((cycles, spec.circuits)) < rate * min(1.0, 32 / spec.circuits))
    ready = rng.random(READY_PERIOD) < rng.choice([0.0, 0.1, 0.3, 1.0], p=[0.05, 0.3, 0.35, 0.3])
    tuples = (tuple(map(tuple, rows.tolist())) for rows in (words, foreign, fires))
    return Storm(config, cycles, *tuples, tuple(ready.tolist()))


def random_config(spec: Bss1Spec, rng: np.random.Generator) -> FabricConfig:
    """Draw all fields, then make traffic likely."""
    config, count = FabricConfig.default(spec), FabricConfig.entities(spec)
    for name, kind in SECTIONS.items():
        drawn = {f.name: rng.integers(0, 1 << width, count[name]) for f, width in section_fields(spec, kind)}
        config = config.with_section(name, **drawn)

    def some(name: str, share: float) -> Any:
        return (rng.random(count[name]) < share).astype(np.int64)

    if rng.random() < 0.5:
        config = config.sharing(int(rng.choice([1, 2, 4, 8])))
    slow = some("mergers", rng.choice([0.0, 0.1, 0.5]))
    config = config.with_section("mergers", slow=slow)
    if rng.random() < 0.4:  # DNC mergers for two, and slower than what comes
        dnc = np.arange(MERGERS) >= TREE
        config = config.with_section("mergers", merge=config.mergers.merge | dnc, slow=slow | dnc)
    full = (1 << spec.period_bits) - 1
    short = rng.integers(0, min(30, full + 1), count["background"])
    period = np.where(config.background.random, rng.integers(0, full + 1, count["background"]), short)
    period = np.where(some("background", 0.1), full, period)
    config = config.with_section(
        "shift_registers", state=np.where(some("shift_registers", 0.2), 0, config.shift_registers.state)
    )
    config = config.with_section("background", enable=some("background", rng.random()), period=period)
    config = config.with_section("neurons", enable=some("neurons", 0.9))
    config = config.with_section("channels", enable=some("channels", 0.85), to_chip=some("channels", 0.7))
    config = config.with_section("lines", enable=some("lines", 0.85))
    return config.with_section("drivers", enable=some("drivers", 0.85))
