"""The designs of all chips by name."""

from __future__ import annotations

from .behavioral.bss1.spec import PRESETS as HICANNS
from .behavioral.bss1.spec import HicannSpec
from .behavioral.bss2.spec import PRESETS, ChipSpec
from .errors import ConfigError


def design(preset: str) -> ChipSpec | HicannSpec:
    """Return the preset of that name. Raises `ConfigError` for an unknown one."""
    known: dict[str, ChipSpec | HicannSpec] = {**PRESETS, **HICANNS}
    if preset not in known:
        raise ConfigError(f"unknown chip preset {preset!r}; known: {', '.join(sorted(known))}")
    return known[preset]
