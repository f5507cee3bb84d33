"""The register map as a page for people, in Markdown."""

from __future__ import annotations

from .register_map import WORD_BYTES, Bank, RegisterMap

INTRODUCTION = """\
# Registers of {chip}

Generated from `{source}`; do not edit. AXI4-Lite, {address_bits} address bits, 32 data bits. Registers are
words of 32 bits at addresses that are multiples of {word}. Bits that no field claims read as 0.

The slave answers SLVERR, and does nothing, for an address without a register, an address that is no multiple of {word},
a write to a read-only register, and a write that does not set all byte strobes: partial writes are not supported.
Write address and write data may come in any order; a read and a write that wait together are served in turn.

A write takes effect in the third cycle after its last handshake if nothing else is being served; the configuration of
{distributed} one cycle later.

Entity `n` of a bank has its word `w` at `base + {word} · (n · words + w)`. Entities are numbered as in
{numbering}.

| bank | base | entities | words | access | |
|---|---|---|---|---|---|
"""


def page(chip: str, registers: RegisterMap, source: str, distributed: str, numbering: str) -> str:
    """Return the page of a register map and what a reader must know of the design."""
    text = INTRODUCTION.format(
        chip=chip, source=source, distributed=distributed, numbering=numbering, word=WORD_BYTES,
        address_bits=registers.address_bits,
    )  # fmt: skip
    text += "".join(_summary(registers, bank) for bank in registers.banks)
    return text + "".join(_details(bank) for bank in registers.banks)


def _summary(registers: RegisterMap, bank: Bank) -> str:
    base = registers.address(bank.name)
    return f"| `{bank.name}` | 0x{base:05x} | {bank.count} | {bank.words} | {bank.access} | {bank.doc} |\n"


def _details(bank: Bank) -> str:
    rows = "".join(
        f"| {field.word} | {_bits(field.low, field.high)} | `{field.name}` | {_reset(field.reset)} | {field.doc} |\n"
        for field in bank.fields
    )
    return f"\n## {bank.name}\n\n{bank.doc}\n\n| word | bits | field | reset | |\n|---|---|---|---|---|\n{rows}"


def _bits(low: int, high: int) -> str:
    return f"{low}" if high == low + 1 else f"{high - 1}:{low}"


def _reset(value: int) -> str:
    return f"0x{value:x}" if value > 9 else f"{value}"
