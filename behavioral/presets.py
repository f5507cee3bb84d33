"""The designs of all chips by name."""

from __future__ import annotations

from ..errors import ConfigError
from .hicann.spec import PRESETS as HICANNS
from .hicann.spec import HicannSpec
from .spec import PRESETS, ChipSpec


def design(preset: str) -> ChipSpec | HicannSpec:
    """Return the preset of that name. Raises `ConfigError` for an unknown one."""
    known: dict[str, ChipSpec | HicannSpec] = {**PRESETS, **HICANNS}
    if preset not in known:
        raise ConfigError(f"unknown chip preset {preset!r}; known: {', '.join(sorted(known))}")
    return known[preset]
