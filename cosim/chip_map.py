"""What a placed network occupies on a chip, in a form that tables and files can hold for any chip.

A chip brings it as `mapped` in `cosim/…/chip_map.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..behavioral.network.topology import Topology
from ..chips import parts_of
from .chip import Chip


@dataclass(frozen=True)
class Use:
    """How much of a resource is in use, of how much there is."""

    resource: str
    used: int
    available: int


@dataclass(frozen=True, eq=False)
class Mapped:
    """title, heads, rows: a table of parts of the chip, a text and numbers per row. details: the same for files.

    picture: what a figure of this chip shows; None: there is none.
    """

    topology: Topology
    chip: str
    used: Sequence[Use]
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Any]]
    details: dict[str, Any] = field(default_factory=dict)
    picture: Any = None


def mapped(topology: Topology, chip: Chip) -> Mapped:
    """Place a network and return what it uses. Raises `DoesNotFitError` or `ConfigError`."""
    of_chip: Callable[[Topology, Chip], Mapped] = parts_of(chip.spec).part("cosim", "chip_map:mapped")
    return of_chip(topology, chip)


def populations(topology: Topology) -> list[str]:
    """Return the names of the populations: inputs, hidden layers, readout."""
    hidden = len(topology.hidden)
    return ["inputs", *(f"hidden {k + 1}" if hidden > 1 else "hidden" for k in range(hidden)), "readout"]
