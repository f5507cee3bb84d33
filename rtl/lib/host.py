"""What a host does with the registers: a configuration becomes writes, and reads become a configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...behavioral.sections import Configuration
from .register_map import Bank, RegisterMap

Write = tuple[int, int]


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
