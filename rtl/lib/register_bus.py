"""Signals between the host's port, the register file and the blocks."""

from __future__ import annotations

from typing import Any

from myhdl import Signal

from .register_file import setting_place, setting_slot, setting_words, strobed_words
from .register_map import CLEAR, WORD_BITS, RegisterMap
from .vectors import vector


class RegisterBus:
    """Signals of one design under the names that `axi_lite` and `register_file` have for them and explain."""

    def __init__(self, registers: RegisterMap) -> None:
        self.registers = registers
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

    def requests(self) -> dict[str, Any]:
        """Return what `axi_lite` and `register_file` share."""
        names = ("request", "request_write", "request_whole", "request_address", "request_data")
        return {name: getattr(self, name) for name in (*names, "answer", "answer_error", "answer_data")}

    def accesses(self) -> dict[str, Any]:
        """Return what the register file drives for the blocks."""
        names = ("settings", "written", "selected", "offset", "write", "wdata")
        return {name: getattr(self, name) for name in names}

    def memory(self, *, select: Any, index: Any, rdata: Any) -> dict[str, Any]:
        """Return what a block with a configuration of its own is connected to."""
        return {"select": select, "write": self.write, "index": index, "wdata": self.wdata, "rdata": rdata}

    def setting(self, name: str, field: str, entity: int = 0) -> Any:
        """Return a field of the settings."""
        high, low = setting_place(self.registers, name, entity, field)
        return self.settings(low) if high == low + 1 else self.settings(high, low)

    def settings_of(self, name: str, field: str) -> list[Any]:
        """Return a field of all entities of a bank."""
        return [self.setting(name, field, entity) for entity in range(self.registers.bank(name).count)]

    def strobe(self, name: str, entity: int = 0) -> Any:
        """Return the bit that is high when the host has written a word of the region of the control register."""
        return self.written(setting_slot(self.registers, name, entity))

    def clear_bit(self) -> Any:
        """Return the bit of the data that clears the state where `control` is written."""
        return self.wdata(self.registers.bank("control").field(CLEAR).low)
