"""Parts of the chip whose events enter its mergers: neurons, background generators, the link from the host."""

from __future__ import annotations

from typing import Any

from myhdl import ConcatSignal, Signal, intbv

from ...behavioral.bss1.fabric.result import LOSS_BITS
from ...behavioral.bss1.fabric.wiring import ENCODERS, background_merger
from ..convert.hierarchy import Part, part
from ..lib.register_map import WORD_BITS
from ..lib.shared import Shared
from ..lib.vectors import piece, vector
from ..lib.widths import bits_for
from .background import background
from .link_in import release_buffer
from .priority_encoder import priority_encoder


def encoders(shared: Shared, *, fire: Any, select: Any, index: Any) -> list[Part]:
    """Return the priority encoder of each block of neurons. fire: a bit per circuit; select: a bit per encoder."""
    spec = shared.spec
    width = spec.columns // ENCODERS

    def of_block(e: int) -> Any:
        return ConcatSignal(*(piece(fire, side * ENCODERS + e, width) for side in reversed(range(spec.sides))))

    return [
        part(
            f"encoder_{e}", priority_encoder, **shared.resettable(), fire=of_block(e),
            **shared.bus.memory(select=select(e), index=index, rdata=vector(WORD_BITS)),
            event_valid=Signal(False), event_address=vector(spec.address_bits), lost_count=vector(LOSS_BITS), spec=spec,
        )
        for e in range(ENCODERS)
    ]  # fmt: skip


def generators(shared: Shared) -> list[Part]:
    """Return the background generator beside each priority encoder, numbered as the merger that they share."""
    spec, bus, own = shared.spec, shared.bus, ("enable", "random", "address", "period")
    return [
        part(
            f"generator_{m}", background, clock=shared.clock, clear=shared.clear, run=shared.run,
            **{field: bus.setting("background", field, m) for field in own},
            start=bus.setting("shift_registers", "state", m),
            event_valid=Signal(False), event_address=vector(spec.address_bits), spec=spec,
        )
        for m in map(background_merger, range(ENCODERS))
    ]  # fmt: skip


def links_in(shared: Shared, *, word: Any, word_valid: Any) -> list[Part]:
    """Return the release buffer of each channel; each sees all words of the link."""
    spec, bus = shared.spec, shared.bus
    return [
        part(
            f"release_{k}", release_buffer, **shared.timed(), channel=Signal(intbv(k)[bits_for(ENCODERS) :]),
            **{field: bus.setting("channels", field, k) for field in ("enable", "to_chip")},
            word=word, word_valid=word_valid, event_valid=Signal(False), event_address=vector(spec.address_bits),
            **{count: vector(LOSS_BITS) for count in ("closed", "expired", "full_count", "collided")}, spec=spec,
        )
        for k in range(ENCODERS)
    ]  # fmt: skip
