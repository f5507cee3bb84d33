"""Which block of the digital path of a HICANN is wired to which: what the hardware fixes.

Sources: the public halbe library (presets of the merger tree) and the public system simulator (ess) of BrainScaleS-1;
docs/bss1-spike-path.md. Mergers are numbered as in that page: background 0 to 7, L0, L1, L2, DNC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ....errors import ConfigError

if TYPE_CHECKING:
    from ..spec import Bss1Spec

ENCODERS: Final = 8
"""Priority encoders, background generators, background and DNC mergers, link channels, sending lines."""
TREE: Final = 15
"""Background mergers and those of L0, L1, L2; the number of DNC merger 0."""
MERGERS: Final = TREE + ENCODERS
WRITTEN: Final = -1
"""Stands for an input that no merger is before."""


def encoder_place(spec: Bss1Spec, circuit: Any) -> tuple[Any, Any]:
    """Return the priority encoder of a neuron circuit, or of an array of them, and its index there.

    Circuit n = side · columns + column; an encoder serves the same columns of both sides.
    """
    side, column = divmod(circuit, spec.columns)
    width = spec.columns // ENCODERS
    return column // width, side * width + column % width


class Inputs(NamedTuple):
    """The mergers before input 0 and input 1 of a merger."""

    first: int
    second: int


L0: Final = ENCODERS
L1: Final = L0 + 4
L2: Final = L1 + 2
TAPS: Final = (0, L0, L1, 3, L2, 5, L0 + 3, 7)
"""The merger whose output DNC merger k reads."""

SOURCES: Final = (
    *(Inputs(WRITTEN, WRITTEN) for _ in range(ENCODERS)),
    *(Inputs(2 * n, 2 * n + 1) for n in range(4)),
    *(Inputs(L0 + 2 * n, L0 + 2 * n + 1) for n in range(2)),
    Inputs(L1, L1 + 1),
    *(Inputs(tap, WRITTEN) for tap in TAPS),
)
"""By merger."""


def background_merger(encoder: int) -> int:
    """Return the merger that a priority encoder sends to."""
    return ENCODERS - 1 - encoder


def line_of(channel: Any) -> Any:
    """Return the sending line of a DNC merger, or of an array of them."""
    return ENCODERS - 1 - channel


def on_one(encoders: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return `merge` and `select` of all mergers that put 1, 2, 4 or 8 encoders on one line, with their generators.

    DNC mergers without an encoder select the release buffer. Raises `ConfigError` for another number.
    """
    if encoders not in (1, 2, 4, 8):
        raise ConfigError(f"on_one({encoders!r}): 1, 2, 4 or 8 encoders can share a line")
    depth = encoders.bit_length() - 1  # levels that merge
    merge = [1] * ENCODERS + [int(depth > 0)] * 4 + [int(depth > 1)] * 2 + [int(depth > 2)] + [0] * ENCODERS
    select = [0] * MERGERS
    for merger in (L0, L1, L2):  # the way on which background mergers 1, 2 and 4 end at their own DNC mergers
        select[merger] = 1
    used = {1: range(ENCODERS), 2: (1, 2, 4, 6), 4: (2, 4), 8: (4,)}[encoders]
    for channel in range(ENCODERS):
        select[TREE + channel] = int(channel not in used)
    return tuple(merge), tuple(select)
