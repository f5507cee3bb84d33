"""Random configurations and spike storms for the whole design, from a seed; and their reduction to a readable case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace

import numpy as np
import pytest
from inloop.behavioral.bss2.fabric.config import SECTIONS, FabricConfig, entities
from inloop.behavioral.bss2.fabric.stimulus import Stimulus, stimulus
from inloop.behavioral.bss2.fabric.wiring import neurons
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.behavioral.sections import section_fields

from tests.cocotb.bss2.agreement import disagreements, sections_of
from tests.cocotb.bss2.session import FIRST_SOFTWARE, SPACING, Record

READY_PERIOD = 32
SHOWN = 12  # differences in a message


@dataclass(frozen=True)
class Storm:
    """A case. Rows of events: channel, label, stamp, offered; of fires: cycle, neuron; ready: per link and cycle."""

    config: FabricConfig
    cycles: int
    events: tuple[tuple[int, ...], ...]
    software: tuple[tuple[int, ...], ...]
    fires: tuple[tuple[int, int], ...]
    ready: tuple[tuple[bool, ...], ...]

    def stimulus(self, spec: ChipSpec) -> Stimulus:
        """Return the input."""
        columns = np.array(self.events, np.int64).reshape(-1, 4).T
        return stimulus(spec, *columns, software=self.software, ready=self.ready)

    def describe(self, spec: ChipSpec) -> str:
        """Return the case as text that a reader can replay."""
        lines = sections_of(self.config, FabricConfig.default(spec))
        names = ("cycles", "events", "software", "fires")
        lines += [f"{name} = {getattr(self, name)}" for name in names if getattr(self, name)]
        return "\n".join(
            [*lines, "links that are never ready: " + str([k for k, r in enumerate(self.ready) if not any(r)])]
        )


def storm(spec: ChipSpec, seed: int, cycles: int = 200) -> Storm:
    """Draw a case. Density of traffic, stalls and configuration vary from case to case."""
    rng = np.random.default_rng([seed, 3])
    count = int(rng.integers(0, 1.5 * cycles))
    stamp = np.sort(rng.integers(0, cycles, count))
    stamp += (rng.random(count) < 0.2) * rng.integers(-9, 9, count)
    offered = rng.integers(-20, cycles, count) if rng.random() < 0.5 else np.full(count, -20)
    events = np.stack(
        [rng.integers(0, spec.link_channels, count), rng.integers(0, 1 << spec.label_bits, count),
         np.maximum(stamp, 0), offered], axis=1,
    )  # fmt: skip
    if rng.random() < 0.7:  # nearly all traffic on few labels, so that it meets open rows
        events[:, 1] &= int(rng.integers(0, 1 << spec.label_bits))
    at = np.arange(FIRST_SOFTWARE, cycles, SPACING) + rng.integers(0, 2)
    at = at[rng.random(len(at)) < rng.random()]
    widths = (spec.padi_buses, spec.row_select_bits, spec.synapse_label_bits)
    software = np.stack(
        [at, rng.integers(0, spec.hemispheres, len(at)), *(rng.integers(0, 1 << w, len(at)) for w in widths)], axis=1
    )
    rate = rng.choice([0.0, 0.02, 0.2, 0.7]) * rng.random(cycles)[:, None]
    fires = np.argwhere(rng.random((cycles, neurons(spec))) < rate)
    share = rng.choice([0.0, 0.1, 0.6, 1.0], (spec.link_channels, 1), p=[0.05, 0.25, 0.35, 0.35])
    ready = rng.random((spec.link_channels, READY_PERIOD)) < share
    return Storm(
        random_config(spec, rng),
        cycles,
        *(tuple(map(tuple, rows.tolist())) for rows in (events, software, fires, ready)),
    )


def random_config(spec: ChipSpec, rng: np.random.Generator) -> FabricConfig:
    """Draw all fields, then make traffic likely: open nodes, dense background, short refractory times."""
    config, count = FabricConfig.default(spec), entities(spec)
    for name, kind in SECTIONS.items():
        drawn = {f.name: rng.integers(0, 1 << width, count[name]) for f, width in section_fields(spec, kind)}
        config = config.with_section(name, **drawn)

    def some(name: str, share: float) -> np.ndarray:
        return (rng.random(count[name]) < share).astype(np.int64)

    one_bit = 1 << rng.integers(0, spec.label_bits, count["nodes"])
    mask = np.where(some("nodes", rng.random()), one_bit * some("nodes", 0.7), config.nodes.mask)
    target = config.nodes.target & mask
    target = np.where(some("nodes", 0.05), config.nodes.target, target)
    config = config.with_section("nodes", mask=mask, target=target, count_drops=some("nodes", 0.8))
    period = np.where(some("background", 0.8), rng.integers(0, 40, count["background"]), config.background.period)
    state = np.where(some("background", 0.2), 0, config.background.state)
    config = config.with_section("background", period=period, enable=some("background", rng.random()), state=state)
    short = rng.integers(0, 4, count["neurons"])
    ticks = np.where(some("neurons", rng.random()), short, rng.integers(0, 60, count["neurons"]))
    config = config.with_section("neurons", refractory_time=ticks, enable=some("neurons", 0.9))
    config = config.with_section("clocks", slow_scale=rng.integers(0, 6, 2), fast_scale=rng.integers(0, 3, 2))
    drivers = config.drivers
    compare = np.where(
        some("drivers", 0.6), drivers.compare_mask & rng.integers(0, 4, count["drivers"]), drivers.compare_mask
    )
    config = config.with_section("drivers", compare_mask=compare, receiver=some("drivers", 0.85))
    config = config.with_section("recovery", recovery_scale=rng.integers(0, 7, count["recovery"]))
    config = config.with_section("buses", enable_spl1=some("buses", 0.7))
    period = int(rng.choice([0, 1, 2, 17, int(config.cadc.period[0])]))
    return config.with_section("cadc", period=period, enable=some("cadc", 0.8))


def agree(spec: ChipSpec, seeds: Iterable[int], run: Callable[..., Record], shrink: bool = True) -> None:
    """Play the storms of some seeds; fail with the differences to the twin, and if wanted with a reduced case.

    run: plays a session; it takes the arguments of `session`.
    """

    def differences(case: Storm) -> list[str]:
        given = case.stimulus(spec)
        record = run(spec, case.config, given, case.cycles, case.fires)
        return disagreements(spec, case.config, given, case.fires, record)

    for seed in seeds:
        case = storm(spec, seed)
        found = differences(case)
        if found and not shrink:
            pytest.fail("\n".join(found[:SHOWN]))
        if found:
            small = reduced(spec, case, lambda other: bool(differences(other)))
            text = [f"storm({spec.name!r}, seed={seed}), reduced to", small.describe(spec), *differences(small)[:SHOWN]]
            pytest.fail("\n".join(text))


def reduced(spec: ChipSpec, case: Storm, fails: Callable[[Storm], bool]) -> Storm:
    """Return a smaller case that still fails: shorter, with less input and less configuration."""
    improved = True
    while improved:
        improved = False
        for smaller in _smaller(spec, case):
            if fails(smaller):
                case, improved = smaller, True
                break
    return case


def _smaller(spec: ChipSpec, case: Storm) -> Iterator[Storm]:
    """Yield simpler cases, the boldest first."""
    for cycles in (case.cycles // 2, case.cycles * 7 // 8, case.cycles - 1):
        if 0 < cycles < case.cycles:
            yield replace(
                case, cycles=cycles, fires=tuple(f for f in case.fires if f[0] < cycles),
                software=tuple(s for s in case.software if s[0] < cycles),
            )  # fmt: skip
    for name in ("events", "software", "fires"):
        rows = getattr(case, name)
        size = len(rows)
        while size:
            for first in range(0, len(rows), size):
                yield replace(case, **{name: rows[:first] + rows[first + size :]})
            size //= 2
    usual = FabricConfig.default(spec)
    for section, kind in SECTIONS.items():
        mine, default = getattr(case.config, section), getattr(usual, section)
        changed = [f.name for f in fields(kind) if (getattr(mine, f.name) != getattr(default, f.name)).any()]
        whole = {name: getattr(default, name) for name in changed}
        if len(changed) > 1:
            yield replace(case, config=case.config.with_section(section, **whole))
        for name in changed:
            yield replace(case, config=case.config.with_section(section, **{name: whole[name]}))
            values, at = getattr(mine, name), np.flatnonzero(getattr(mine, name) != whole[name])
            size = len(at) // 2
            while size:
                for first in range(0, len(at), size):
                    fewer = values.copy()
                    fewer[at[first : first + size]] = whole[name][at[first : first + size]]
                    yield replace(case, config=case.config.with_section(section, **{name: fewer}))
                size //= 2
    everywhere = tuple((True,) for _ in case.ready)
    if case.ready != everywhere:
        yield replace(case, ready=everywhere)
