"""Parts of the chip that join the events of its sources: the tree of mergers, and the DNC mergers that tap it."""

from __future__ import annotations

from typing import Any, NamedTuple

from myhdl import ConcatSignal, Signal, modbv

from ...behavioral.bss1.fabric.result import EVENT_BITS, LOSS_BITS
from ...behavioral.bss1.fabric.wiring import ENCODERS, L2, SOURCES, TAPS, TREE, background_merger
from ..convert.hierarchy import Part, part
from ..lib.shared import Shared
from ..lib.vectors import vector
from .background_merger import background_merger as background_merger_block
from .dnc_merger import dnc_merger
from .fork import fork
from .tree_merger import tree_merger


class Mergers(NamedTuple):
    """Parts. tree: by number, background mergers first; forks: of all but the last; dnc: by channel."""

    tree: dict[int, Part]
    forks: list[Part]
    dnc: list[Part]

    def parts(self) -> list[Part]:
        """Return all of them."""
        return [*self.tree.values(), *self.forks, *self.dnc]


def mergers(shared: Shared, *, encoders: list[Part], generators: list[Part], releases: list[Part]) -> Mergers:
    """Return the parts, as `wiring` connects them."""
    offered, tapped = [Signal(False) for _ in range(L2)], {tap: Signal(False) for tap in TAPS}
    read = [*(Signal(False) for _ in range(L2)), tapped[L2]]  # nothing else is behind the last one
    tree: dict[int, Part] = {}
    for e, (encoder, generator) in enumerate(zip(encoders, generators, strict=True)):
        m = background_merger(e)
        tree[m] = part(
            f"background_merger_{m}", background_merger_block, **_merger(shared, m), read=read[m],
            encoder_valid=encoder["event_valid"], encoder_address=encoder["event_address"],
            generator_valid=generator["event_valid"], generator_address=generator["event_address"],
            encoder_overwritten=vector(LOSS_BITS), generator_overwritten=vector(LOSS_BITS),
        )  # fmt: skip
    for m in range(ENCODERS, TREE):
        first, second = SOURCES[m]
        tree[m] = part(
            f"merger_{m}", tree_merger, **_merger(shared, m), read=read[m],
            offered=ConcatSignal(offered[second], offered[first]), taken=vector(2),
            first_address=tree[first]["event_address"], second_address=tree[second]["event_address"],
        )  # fmt: skip
    never = Signal(False)
    forks = [
        part(
            f"fork_{m}", fork, event_valid=tree[m]["event_valid"], tapped=tapped.get(m, never),
            taken=tree[after]["taken"](place), offered=offered[m], read=read[m],
        )
        for after in range(ENCODERS, TREE) for place, m in enumerate(SOURCES[after])
    ]  # fmt: skip
    dnc = [
        part(
            f"dnc_merger_{k}", dnc_merger, **_merger(shared, TREE + k),
            offered=tree[tap]["event_valid"], address=tree[tap]["event_address"], taken=tapped[tap],
            release_valid=release["event_valid"], release_address=release["event_address"],
            event_count=Signal(modbv(0)[EVENT_BITS:]), refused=vector(LOSS_BITS),
        )
        for k, (tap, release) in enumerate(zip(TAPS, releases, strict=True))
    ]  # fmt: skip
    return Mergers(tree, forks, dnc)


def _merger(shared: Shared, number: int) -> dict[str, Any]:
    """Return what all mergers are connected to: the settings of this one, and new signals for its events."""
    modes = {field: shared.bus.setting("mergers", field, number) for field in ("merge", "select", "slow")}
    event = {"event_valid": Signal(False), "event_address": vector(shared.spec.address_bits)}
    return {"clock": shared.clock, "clear": shared.clear, **modes, **event, "spec": shared.spec}
