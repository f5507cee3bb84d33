"""The register map of BrainScaleS-2, from the sections of its configuration and the counters of its path."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ...behavioral.bss2.fabric import counters
from ...behavioral.bss2.fabric.config import FabricConfig
from ...behavioral.bss2.fabric.wiring import crossbar_inputs, crossbar_outputs, neurons
from ...behavioral.bss2.spec import ChipSpec
from ..lib.host import Write, read_sections, register_write, section_writes
from ..lib.register_map import CONTROL, WORD_BITS, Bank, RegisterMap, counter, lay_out, pack, section_banks
from ..lib.register_page import page
from .buildable import check_buildable

IDENTITY = int.from_bytes(b"loop", "big")
VERSION = 3  # rises with every change that a host must know of
SAMPLE_BITS = 32  # CADC samples, wraps
DISTRIBUTED = ("nodes", "background", "neurons", "drivers", "spike_counters")


@lru_cache(maxsize=8)
def register_map(spec: ChipSpec) -> RegisterMap:
    """Return the registers of a design. Raises `ConfigError` if it cannot be built."""
    check_buildable(spec)
    banks = [*lay_out("control", _control(spec)), *lay_out("status", _status(spec))]
    banks += section_banks(spec, FabricConfig)
    spikes = pack(
        [
            ("count", counters.SPIKE_BITS, 0, "accepted fires, wraps"),
            ("overflow", 1, 0, "the count has wrapped at least once"),
        ]
    )
    banks.append(Bank("spike_counters", "spike_counters", 0, neurons(spec), spikes, "ro", "Spikes per neuron circuit."))
    return RegisterMap(tuple(banks), DISTRIBUTED)


def _control(spec: ChipSpec) -> list[Any]:
    event = [
        ("fire_bus", spec.padi_buses, 0, "buses that get the event"),
        ("row_select", spec.row_select_bits, 0, "row select of the event"),
        ("label", spec.synapse_label_bits, 0, "synapse label of the event"),
    ]
    return [
        CONTROL,
        ("padi_event", spec.hemispheres, event, "rw", "Software events, one register per hemisphere: a write sends."),
    ]


def _status(spec: ChipSpec) -> list[Any]:
    high = spec.time_bits - WORD_BITS
    return [
        ("identity", 1, [("identity", 32, IDENTITY, "the letters loop")], "ro", "What this is."),
        ("version", 1, [("version", 8, VERSION, "version of this register map")], "ro", "Version of the map."),
        ("time_low", 1, [("time", 32, 0, "low bits of system time; reading them holds the high ones")], "ro", "Time."),
        ("time_high", 1, [("time", high, 0, "high bits at the last read of the low ones")], "ro", "Time, high bits."),
        ("cadc_samples", 1, [("count", SAMPLE_BITS, 0, "triggers since clear, wraps")], "ro", "CADC samples."),
        counter("late", spec.link_channels, counters.LATE_BITS, "late events, saturates", "Late events per link."),
        counter("drops", crossbar_inputs(spec), counters.DROP_BITS, "drops, saturates", "Drops per crossbar input."),
        counter("events", crossbar_outputs(spec), counters.EVENT_BITS, "events, wraps", "Events per crossbar output."),
        counter("lost", spec.event_outputs, counters.LOST_BITS, "spikes, saturates", "Lost spikes per event output."),
    ]


def config_writes(spec: ChipSpec, config: FabricConfig, since: FabricConfig | None = None) -> list[Write]:
    """Return (byte address, value) for all words of a configuration, or for those that differ from `since`.

    Raises `ConfigError` for a value that its field cannot hold.
    """
    config.check(spec)
    return section_writes(register_map(spec), config, since)


def read_config(spec: ChipSpec, read: Callable[[int], int]) -> FabricConfig:
    """Return the configuration of a chip; `read` returns the register at a byte address."""
    return FabricConfig(**read_sections(register_map(spec), FabricConfig, read))


def control_write(spec: ChipSpec, *, run: bool = False, clear: bool = False) -> Write:
    """Return the write that starts or stops time, or clears the state."""
    return register_write(register_map(spec), "control", 0, run=int(run), clear=int(clear))


def software_event(spec: ChipSpec, hemisphere: int, fire_bus: int, row_select: int, label: int) -> Write:
    """Return the write that sends an event onto the PADI buses whose bits are set in `fire_bus`."""
    return register_write(
        register_map(spec), "padi_event", hemisphere, fire_bus=fire_bus, row_select=row_select, label=label
    )


def register_page(spec: ChipSpec) -> str:
    """Return the page of a design."""
    return page(
        spec.name, register_map(spec), "rtl/bss2/register_map.py", "nodes, background generators, neurons and drivers",
        "`docs/spike-path.md`: neuron circuits and drivers hemisphere by hemisphere, nodes input by input",
    )  # fmt: skip
