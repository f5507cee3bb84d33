"""Words of the serial link, both ways: stamp in the lowest bits, then address, then channel."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..spec import Bss1Spec
from .wiring import ENCODERS


class Fields(NamedTuple):
    """What a word says; numbers, or arrays of them."""

    channel: Any
    address: Any
    stamp: Any


def packed(spec: Bss1Spec, channel: Any, address: Any, stamp: Any) -> Any:
    """Return the word of an event, or of arrays of events."""
    return (channel << spec.address_bits | address) << spec.stamp_bits | stamp


def unpacked(spec: Bss1Spec, word: Any) -> Fields:
    """Return the fields of a word, or of an array of words."""
    event = word >> spec.stamp_bits
    return Fields(
        event >> spec.address_bits & ENCODERS - 1, event & spec.line_addresses - 1, word & (1 << spec.stamp_bits) - 1
    )
