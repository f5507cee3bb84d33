"""Vectors of signals: made, joined and cut."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, intbv


def vector(bits: int) -> Any:
    """Return a signal of so many bits, 0 at first."""
    return Signal(intbv(0)[bits:])


def join(parts: list[Any]) -> Any:
    """Concatenate, the first part in the lowest bits."""
    return parts[0] if len(parts) == 1 else ConcatSignal(*reversed(parts))


def join_bits(parts: list[Any]) -> Any:
    """Concatenate single bits, the first one lowest, to a vector that can be indexed even if it is one bit."""
    return join([*parts, intbv(0)[1:]]) if len(parts) == 1 else join(parts)


def piece(whole: Any, number: int, bits: int) -> Any:
    """Return entry `number` of a vector whose entries have so many bits each, the first one in the lowest bits."""
    return whole((number + 1) * bits, number * bits)


def pieces(whole: Any, count: int) -> list[Any]:
    """Cut a vector into `count` equal parts, the lowest bits first."""
    return [piece(whole, number, len(whole) // count) for number in range(count)]
