"""The register map: one description from which decoder, reset values, host driver and documentation derive.

The sections of a configuration become banks of equal entities. The fields of an entity are packed into words of 32 bits
in the order of their declaration; a field never straddles two words. Which banks a chip has stands in its folder.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

from ...behavioral.sections import Configuration, reset_value, section_fields
from .widths import bits_for

WORD_BITS = 32
WORD_BYTES = WORD_BITS // 8

CLEAR = "clear"
CONTROL = (
    "control",
    1,
    [
        ("run", 1, 0, "time flows"),
        (CLEAR, 1, 0, "put the state, not the configuration, to its reset values; reads as 0"),
    ],
    "rw",
    "Control.",
)
"""The first register of each design, as `lay_out` takes it. `CLEAR` acts once and is not kept."""


@dataclass(frozen=True)
class BitField:
    """Some bits of a word: bits `high` − 1 to `low` of word number `word` of an entity."""

    name: str
    word: int
    low: int
    bits: int
    reset: int
    doc: str

    @property
    def high(self) -> int:
        """One above the highest bit, as slices count."""
        return self.low + self.bits


@dataclass(frozen=True)
class Bank:
    """Equal entities one after the other, `words` words each, from word `base` of a region on."""

    name: str
    region: str
    base: int
    count: int
    fields: tuple[BitField, ...]
    access: Literal["rw", "ro"]
    doc: str

    @property
    def words(self) -> int:
        """Words per entity."""
        return 1 + max(field.word for field in self.fields)

    @property
    def end(self) -> int:
        """First word of the region behind the bank."""
        return self.base + self.count * self.words

    def field(self, name: str) -> BitField:
        """Return a field by its name."""
        return next(field for field in self.fields if field.name == name)

    def word_bits(self, word: int = 0) -> int:
        """Bits of a word up to the highest field."""
        return max(field.high for field in self.fields if field.word == word)

    def word_reset(self, word: int = 0) -> int:
        """Value of a word after reset."""
        return sum(field.reset << field.low for field in self.fields if field.word == word)

    def word_mask(self, word: int = 0) -> int:
        """Bits of a word that exist."""
        return sum(((1 << field.bits) - 1) << field.low for field in self.fields if field.word == word)

    def kept_mask(self, word: int = 0) -> int:
        """Bits of a word that keep what is written."""
        strobe = sum(1 << field.low for field in self.fields if field.word == word and field.name == CLEAR)
        return self.word_mask(word) & ~strobe


@dataclass(frozen=True)
class RegisterMap:
    """All banks of a chip design. A region spans 2^`offset_bits` words; regions are numbered as they first appear.

    distributed: banks of the blocks that keep their configuration beside the logic that reads it.
    """

    banks: tuple[Bank, ...]
    distributed: tuple[str, ...]

    @property
    def regions(self) -> tuple[str, ...]:
        """Names of the regions by number."""
        return tuple(dict.fromkeys(bank.region for bank in self.banks))

    @property
    def region_bits(self) -> int:
        """Address bits that select the region."""
        return bits_for(len(self.regions))

    @property
    def offset_bits(self) -> int:
        """Address bits that select a word of a region."""
        return bits_for(max(bank.end for bank in self.banks))

    @property
    def address_bits(self) -> int:
        """Width of a byte address."""
        return self.region_bits + self.offset_bits + bits_for(WORD_BYTES)

    def bank(self, name: str) -> Bank:
        """Return a bank by its name."""
        return next(bank for bank in self.banks if bank.name == name)

    def region(self, name: str) -> tuple[Bank, ...]:
        """Return the banks of a region."""
        return tuple(bank for bank in self.banks if bank.region == name)

    def words(self, region: str) -> int:
        """Words that a region uses."""
        return max(bank.end for bank in self.region(region))

    def address(self, name: str, entity: int = 0, word: int = 0) -> int:
        """Return the byte address of a word."""
        bank = self.bank(name)
        offset = bank.base + entity * bank.words + word
        return WORD_BYTES * ((self.regions.index(bank.region) << self.offset_bits) + offset)


def section_banks(spec: Any, kind: type[Configuration]) -> list[Bank]:
    """Return the banks of a configuration, each in a region of its own."""
    banks, count = [], kind.entities(spec)
    for name, section in kind.sections().items():
        packed = pack(
            [(f.name, bits, reset_value(f, bits), f.metadata["doc"]) for f, bits in section_fields(spec, section)]
        )
        banks.append(Bank(name, name, 0, count[name], packed, "rw", _first_line(section)))
    return banks


def counter(name: str, count: int, bits: int, doc: str, about: str) -> Any:
    """Return a bank of counters as `lay_out` takes it."""
    return name, count, [("count", bits, 0, doc)], "ro", about


def lay_out(region: str, rows: list[Any]) -> list[Bank]:
    """Lay banks one after the other into a region."""
    banks: list[Bank] = []
    for name, count, content, access, doc in rows:
        base = banks[-1].end if banks else 0
        banks.append(Bank(name, region, base, count, pack(content), access, doc))
    return banks


def pack(content: list[tuple[str, int, int, str]]) -> tuple[BitField, ...]:
    """Place fields (name, bits, reset value, what it is) into words, one after the other."""
    packed = []
    word, low = 0, 0
    for name, bits, reset, doc in content:
        if low + bits > WORD_BITS:
            word, low = word + 1, 0
        packed.append(BitField(name, word, low, bits, reset, doc))
        low += bits
    return tuple(packed)


def _first_line(kind: type[Any]) -> str:
    assert kind.__doc__ is not None
    assert fields(kind)
    return kind.__doc__.splitlines()[0]
