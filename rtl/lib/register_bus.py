"""Signals between the host's port, the register file and the blocks."""

from __future__ import annotations

from typing import Any

from myhdl import Signal

from .ports import vector
from .register_file import setting_place, setting_slot, setting_words, strobed_words
from .register_map import CLEAR, WORD_BITS, RegisterMap


class RegisterBus:
    """Signals of one design; `register_file` says what they mean."""

    def __init__(self, registers: RegisterMap) -> None:
        self.request = Signal(False)
        self.request_write = Signal(False)
        self.request_whole = Signal(False)
        self.request_address = vector(registers.address_bits)
        self.request_data = vector(WORD_BITS)
        self.answer = Signal(False)
        self.answer_error = Signal(False)
        self.answer_data = vector(WORD_BITS)
        self.settings = vector(WORD_BITS * setting_words(registers))
        self.written = vector(strobed_words(registers))
        self.selected = vector(len(registers.distributed))
        self.offset = vector(registers.offset_bits)
        self.write = Signal(False)
        self.wdata = vector(WORD_BITS)

    def requests(self) -> tuple[Any, ...]:
        """Return what `axi_lite` and `register_file` share, in their order."""
        asked = (self.request, self.request_write, self.request_whole, self.request_address, self.request_data)
        return (*asked, self.answer, self.answer_error, self.answer_data)

    def accesses(self) -> tuple[Any, ...]:
        """Return what the register file drives, in its order."""
        return self.settings, self.written, self.selected, self.offset, self.write, self.wdata

    def setting(self, registers: RegisterMap, name: str, field: str, entity: int = 0) -> Any:
        """Return a field of the settings."""
        high, low = setting_place(registers, name, entity, field)
        return self.settings(low) if high == low + 1 else self.settings(high, low)

    def cleared(self, registers: RegisterMap) -> tuple[Any, Any]:
        """Return two bits, both high when the host clears the state: control is written, and the bit in the word."""
        bit = registers.bank("control").field(CLEAR).low
        return self.written(setting_slot(registers, "control")), self.wdata(bit)
