"""An output register of the tree with two readers: the DNC merger is asked first."""

from __future__ import annotations

from typing import Any

from myhdl import always_comb, block


@block
def fork(*, event_valid: Any, tapped: Any, taken: Any, offered: Any, read: Any) -> Any:
    """Offer an event that is not `tapped` by the DNC merger to the tree; say when it was `read` by either."""

    @always_comb
    def offer() -> None:
        offered.next = event_valid and not tapped

    @always_comb
    def answer() -> None:
        read.next = tapped or taken

    return offer, answer
