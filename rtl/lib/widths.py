"""Widths of what is counted."""

from __future__ import annotations


def bits_for(count: int) -> int:
    """Bits that number `count` things; at least one."""
    return max((count - 1).bit_length(), 1)
