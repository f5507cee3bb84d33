"""Status words of a design side by side, as the register file reads them."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, intbv

from .register_map import WORD_BITS, RegisterMap


def status_words(registers: RegisterMap, **counters: list[Any]) -> Any:
    """Concatenate the words of the status region in the order of the map, the first one in the lowest bits.

    counters: by the name of their bank, a signal per entity. What is not given reads as the map resets it.
    """
    banks = registers.region("status")
    assert counters.keys() <= {bank.name for bank in banks}
    words: list[Any] = []
    for bank in banks:
        if bank.name in counters:
            assert [len(value) for value in counters[bank.name]] == [bank.fields[0].bits] * bank.count, bank.name
            words += counters[bank.name]
        else:
            words += [intbv(bank.word_reset())[WORD_BITS:] if bank.word_reset() else None] * bank.count
    parts, zeros = [], 0
    for word in reversed(words):
        zeros += WORD_BITS - (0 if word is None else len(word))
        if word is not None:
            parts += [intbv(0)[zeros:], word] if zeros else [word]
            zeros = 0
    return ConcatSignal(*parts)
