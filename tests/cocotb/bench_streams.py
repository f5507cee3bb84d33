"""Every stream that a design sends, under traffic, stalls, and clears: what is offered stays until it is taken."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cocotb.triggers import FallingEdge
from inloop.behavioral.bss1.fabric.wiring import ENCODERS
from inloop.behavioral.bss1.fabric.words import packed
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.behavioral.bss2.spec import ChipSpec

from tests.cocotb.agents import start
from tests.cocotb.bss2.bench_top import play
from tests.cocotb.bss2.session import Drive, Steps

Draw = Callable[[Any, random.Random, int], Drive]
"""Inputs of a cycle, from the specification, a source of randomness, and the time."""


@dataclass(frozen=True)
class Stream:
    """Names of the signals of a stream out of the design."""

    valid: str
    ready: str
    payload: tuple[str, ...]


@dataclass
class Seen:
    """What happened: breaches of the rules, clears, and words that were offered when one came, by stream."""

    breaches: list[str] = field(default_factory=list)
    clears: int = 0
    outlived: dict[str, int] = field(default_factory=dict)


def chip_inputs(spec: ChipSpec, rng: random.Random, now: int) -> Drive:
    """Draw words for all links, near their time, and fires, which make events also while time stands, once it flows."""
    drive = {"fire": rng.getrandbits(spec.hemispheres * spec.columns) if now and rng.random() < 0.1 else 0}
    for k in range(spec.link_channels):
        word = max(now + rng.randint(-4, 9), 0) << 16 | rng.getrandbits(spec.label_bits)
        drive |= {f"s_axis_{k}_tvalid": int(rng.random() < 0.4), f"s_axis_{k}_tdata": word}
    return drive


def hicann_inputs(spec: Bss1Spec, rng: random.Random, now: int) -> Drive:
    """Draw the same for the link of a HICANN."""
    stamp = (now + rng.randint(1, 9)) % (1 << spec.stamp_bits)
    word = packed(spec, rng.randrange(ENCODERS), rng.getrandbits(spec.address_bits), stamp)
    return {
        "fire": rng.getrandbits(spec.circuits) if now and rng.random() < 0.3 else 0,
        "s_axis_tvalid": int(rng.random() < 0.4),
        "s_axis_tdata": word,
    }


async def through_clears(
    dut: Any, prepare: tuple[Any, ...], spec: Any, draw: Draw, streams: list[Stream], control: list[int], cycles: int,
    seed: int, ready: float,
) -> Seen:  # fmt: skip
    """Prepare; then let traffic flow, write `control` words (to address 0) and read it at random, and reset.

    prepare: function of the first steps, and its arguments. ready: share of the cycles in which the host takes.
    """
    steps: Steps = prepare[0](*prepare[1:])
    await play(dut, steps)
    rng, seen = random.Random(seed), Seen(outlived={stream.valid: 0 for stream in streams})
    watch = _Watch(dut, streams, seen)
    drive: Drive = {
        "s_axil_awvalid": 0,
        "s_axil_wvalid": 0,
        "s_axil_arvalid": 0,
        "s_axil_awaddr": 0,
        "s_axil_araddr": 0,
    }
    for _ in range(cycles):
        for channel in ("aw", "w", "ar"):
            if not drive[f"s_axil_{channel}valid"] and rng.random() < 0.05:
                drive[f"s_axil_{channel}valid"] = 1
                if channel == "w":
                    drive["s_axil_wdata"] = rng.choice(control)
        drive |= {stream.ready: int(rng.random() < ready) for stream in streams}
        drive |= draw(spec, rng, int(dut.system_time.value))
        await _cycle(dut, drive, watch)
    await start(dut, reset=1)
    seen.breaches += [f"{s.valid} is high in reset" for s in streams if getattr(dut, s.valid).value]
    return seen


async def _cycle(dut: Any, drive: Drive, watch: _Watch) -> None:
    """Set the inputs of a cycle, look at it, and go to the next one; take back what the register bus has accepted."""
    for name, value in drive.items():
        getattr(dut, name).value = value
    taken = [c for c in ("aw", "w", "ar") if drive[f"s_axil_{c}valid"] and getattr(dut, f"s_axil_{c}ready").value]
    watch.look(drive)
    await FallingEdge(dut.clock)
    drive |= {f"s_axil_{channel}valid": 0 for channel in taken}


class _Watch:
    """The rules, cycle by cycle."""

    def __init__(self, dut: Any, streams: list[Stream], seen: Seen) -> None:
        self.dut, self.streams, self.seen = dut, streams, seen
        self.waits: dict[str, tuple[int, ...]] = {}  # what is offered and was not taken
        self.still = False  # whether time has stood since the last clear
        self.owed: dict[str, bool] = {}  # streams that still offer what they did at the last clear

    def look(self, drive: Drive) -> None:
        """Compare this cycle with the last one. No output that is looked at depends on the inputs of the cycle."""
        clears = bool(self.dut.clear.value)
        self.still &= int(self.dut.system_time.value) == 0
        self.seen.clears += clears
        for stream in self.streams:
            name = stream.valid
            offer = tuple(int(getattr(self.dut, part).value) for part in stream.payload)
            valid, taken = bool(getattr(self.dut, name).value), bool(drive[stream.ready])
            before = self.waits.pop(name, None)
            if before is not None and not (valid and offer == before):
                now = offer if valid else "nothing"
                self.seen.breaches.append(f"{name}: {before} was offered and not taken, then {now}")
            if valid and self.still and not self.owed.get(name) and "axis" in name:
                self.seen.breaches.append(f"{name}: {offer} has outlived a clear, and was not offered before")
            if valid and not taken:
                self.waits[name] = offer
            else:
                self.owed[name] = False
            if clears:
                self.owed[name] = name in self.waits
                self.seen.outlived[name] += self.owed[name]
        self.still |= clears
