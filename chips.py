"""The one list of chips, and where each layer finds its part of one.

A chip is a package of its name in every layer, with the same files for the same things. What stands above the chips
looks a part up by layer, file and name, when it is needed: so no layer imports a higher one, and nothing but this list
knows which chips there are. What a chip has to bring: docs/architecture.md.

An installed package, or a script, adds a chip as `registry.py` says, with the `ChipParts` of its own packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Final

from .behavioral.design import Design
from .checks import checked
from .errors import ConfigError
from .registry import Registry


@dataclass(frozen=True)
class ChipParts:
    """name: of the chip. place: of its packages, where `{layer}` stands for behavioral, rtl and cosim."""

    name: str
    place: str

    def part(self, layer: str, what: str) -> Any:
        """Return a part; what: file and name, as in `spec:PRESETS`."""
        return resolve_name(f"{self.place.format(layer=layer)}.{what}")


BSS2: Final = ChipParts("bss2", "inloop.{layer}.bss2")
BSS1: Final = ChipParts("bss1", "inloop.{layer}.bss1")
CHIPS: Final[Registry[ChipParts]] = Registry(
    "chip", "inloop.chips", {"bss2": "inloop.chips:BSS2", "bss1": "inloop.chips:BSS1"}, "inloop.chips:ChipParts"
)


def parts_of(spec: Design) -> ChipParts:
    """Return where the parts of a design's chip are."""
    return CHIPS.get(spec.chip)


def presets() -> dict[str, Design]:
    """Return the designs of all chips by name."""
    known = (CHIPS.get(name).part("behavioral", "spec:PRESETS") for name in CHIPS.names())
    return {name: spec for designs in known for name, spec in designs.items()}


@checked
def design(preset: str) -> Design:
    """Return the preset of that name. Raises `ConfigError` for an unknown one."""
    known = presets()
    if preset not in known:
        raise ConfigError(f"unknown chip preset {preset!r}; known: {', '.join(sorted(known))}")
    return known[preset]
