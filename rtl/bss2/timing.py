"""Parts of the chip that make time: system time, clocks of neurons and plasticity, the trigger of the CADC."""

from __future__ import annotations

from itertools import chain
from typing import Any, NamedTuple

from myhdl import Signal, modbv

from ..convert.hierarchy import Part, part
from ..lib.shared import Shared
from ..lib.system_time import system_time
from .cadc_trigger import cadc_trigger
from .register_map import SAMPLE_BITS
from .tick_clock import tick_clock


class Timing(NamedTuple):
    """Parts: slow and fast clock of each half of the event outputs, recovery clock of each hemisphere."""

    timer: Part
    slow: list[Part]
    fast: list[Part]
    recovery: list[Part]
    cadc: Part

    def parts(self) -> list[Part]:
        """Return all of them."""
        return [self.timer, *chain(*zip(self.slow, self.fast, strict=True)), *self.recovery, self.cadc]


def timing(shared: Shared, *, trigger: Any) -> Timing:
    """Return the parts; the CADC samples when `trigger` is high."""
    bus, always_on = shared.bus, Signal(True)

    def clock(label: str, enable: Any, scale: Any) -> Part:
        return part(label, tick_clock, run=shared.run, now=shared.now, enable=enable, scale=scale, tick=Signal(False))

    def clocks(name: str) -> list[Part]:
        scales = bus.settings_of("clocks", f"{name}_scale")
        return [clock(f"{name}_clock_{half}", always_on, scale) for half, scale in enumerate(scales)]

    enables, scales = (bus.settings_of("recovery", f"recovery_{field}") for field in ("enable", "scale"))
    return Timing(
        timer=part("timer", system_time, **shared.timed()),
        slow=clocks("slow"),
        fast=clocks("fast"),
        recovery=[
            clock(f"recovery_clock_{hemisphere}", enable, scale)
            for hemisphere, (enable, scale) in enumerate(zip(enables, scales, strict=True))
        ],
        cadc=part(
            "cadc", cadc_trigger, clock=shared.clock, clear=shared.clear, run=shared.run,
            enable=bus.setting("cadc", "enable"), period=bus.setting("cadc", "period"), trigger=trigger,
            samples=Signal(modbv(0)[SAMPLE_BITS:]),
        ),
    )  # fmt: skip
