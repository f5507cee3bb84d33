"""What a host does with the registers: a configuration becomes writes, and reads become a configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...behavioral.bss2.fabric.config import FabricConfig
from ...behavioral.bss2.spec import ChipSpec
from ...behavioral.sections import Configuration
from .register_map import Bank, RegisterMap, register_map

Write = tuple[int, int]


def config_writes(spec: ChipSpec, config: FabricConfig, since: FabricConfig | None = None) -> list[Write]:
    """Return (byte address, value) for all words of a configuration, or for those that differ from `since`.

    Raises `ConfigError` for a value that its field cannot hold.
    """
    config.check(spec)
    return section_writes(register_map(spec), config, since)


def section_writes(registers: RegisterMap, config: Configuration, since: Configuration | None = None) -> list[Write]:
    """Return (byte address, value) for the words of a checked configuration, or for those that differ from `since`."""
    writes = []
    for name in config.sections():
        bank = registers.bank(name)
        values = bank_words(bank, getattr(config, name))
        before = None if since is None else bank_words(bank, getattr(since, name))
        for entity in range(bank.count):
            for word in range(bank.words):
                if before is None or before[entity, word] != values[entity, word]:
                    writes.append((registers.address(name, entity, word), int(values[entity, word])))
    return writes


def read_config(spec: ChipSpec, read: Callable[[int], int]) -> FabricConfig:
    """Return the configuration of a chip; `read` returns the register at a byte address."""
    return FabricConfig(**read_sections(register_map(spec), FabricConfig, read))


def read_sections(registers: RegisterMap, kinds: type[Configuration], read: Callable[[int], int]) -> dict[str, Any]:
    """Return the sections of a configuration by name; `read` returns the register at a byte address."""
    sections = {}
    for name, kind in kinds.sections().items():
        bank = registers.bank(name)
        values = {field.name: np.zeros(bank.count, np.int64) for field in bank.fields}
        for entity in range(bank.count):
            words = [read(registers.address(name, entity, word)) for word in range(bank.words)]
            for field in bank.fields:
                values[field.name][entity] = words[field.word] >> field.low & (1 << field.bits) - 1
        sections[name] = kind(**values)
    return sections


def control_write(spec: ChipSpec, *, run: bool = False, clear: bool = False) -> Write:
    """Return the write that starts or stops time, or clears the state."""
    return register_write(register_map(spec), "control", 0, run=int(run), clear=int(clear))


def software_event(spec: ChipSpec, hemisphere: int, fire_bus: int, row_select: int, label: int) -> Write:
    """Return the write that sends an event onto the PADI buses whose bits are set in `fire_bus`."""
    return register_write(
        register_map(spec), "padi_event", hemisphere, fire_bus=fire_bus, row_select=row_select, label=label
    )


def register_write(registers: RegisterMap, name: str, entity: int, **values: int) -> Write:
    """Return the write of a register with some fields, the others 0."""
    bank = registers.bank(name)
    word = sum(value << bank.field(field).low for field, value in values.items())
    return registers.address(name, entity), word


def bank_words(bank: Bank, section: Any) -> Any:
    """Pack a section of a configuration into the words of its bank: (entities, words)."""
    words = np.zeros((bank.count, bank.words), np.int64)
    for field in bank.fields:
        words[:, field.word] |= getattr(section, field.name) << field.low
    return words
