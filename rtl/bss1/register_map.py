"""The register map of a HICANN, from the sections of its configuration and the counters of its path."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ...behavioral.bss1.fabric.config import FabricConfig
from ...behavioral.bss1.fabric.result import EVENT_BITS, LOSS_BITS, LOSSES
from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.host import Write, register_write, section_writes
from ..lib.register_map import CONTROL, RegisterMap, counter, lay_out, section_banks
from ..lib.register_page import page

IDENTITY = int.from_bytes(b"hica", "big")
VERSION = 2  # rises with every change that a host must know of
DISTRIBUTED = ("neurons", "drivers")


@lru_cache(maxsize=8)
def register_map(spec: Bss1Spec) -> RegisterMap:
    """Return the registers of a design."""
    banks = [*lay_out("control", [CONTROL]), *lay_out("status", _status(spec)), *section_banks(spec, FabricConfig)]
    return RegisterMap(tuple(banks), DISTRIBUTED)


def _status(spec: Bss1Spec) -> list[Any]:
    return [
        ("identity", 1, [("identity", 32, IDENTITY, "the letters hica")], "ro", "What this is."),
        ("version", 1, [("version", 8, VERSION, "version of this register map")], "ro", "Version of the map."),
        ("time", 1, [("time", spec.stamp_bits, 0, "system time, wraps")], "ro", "Time."),
        *(counter(name, ENCODERS, LOSS_BITS, "saturates", f"Lost: {about}.") for name, about in LOSSES.items()),
        counter("line_events", ENCODERS, EVENT_BITS, "events, wraps", "Events per DNC output."),
    ]


def config_writes(spec: Bss1Spec, config: FabricConfig, since: FabricConfig | None = None) -> list[Write]:
    """Return (byte address, value) for all words of a configuration, or for those that differ from `since`.

    Raises `ConfigError` for a value that its field cannot hold.
    """
    return section_writes(register_map(spec), config.check(spec), since)


def control_write(spec: Bss1Spec, *, run: bool = False, clear: bool = False) -> Write:
    """Return the write that starts or stops time, or clears the state."""
    return register_write(register_map(spec), "control", 0, run=int(run), clear=int(clear))


def register_page(spec: Bss1Spec) -> str:
    """Return the register map as a page for people."""
    return page(
        spec.name, register_map(spec), "rtl/bss1/register_map.py", "neurons and drivers",
        "`docs/bss1-spike-path.md`: neuron circuits and drivers side by side, mergers from the background to the DNC",
    )  # fmt: skip
