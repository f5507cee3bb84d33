"""Rules for designs that the hardware can be built for, and so for what the levels with a digital path take.

The numbers act through bit fields of labels and addresses, so most sizes must be powers of two here, which a model on
numbers alone would not need. Upper limits keep the elaboration of a design within minutes.
"""

from __future__ import annotations

import re
from typing import Final

from ...behavioral.design import Design
from ...errors import ConfigError

MOST: Final = 4096
"""Largest size of a design in columns, rows or words of a FIFO."""


def check_name(spec: Design) -> str:
    """Return the name of a chip as part of the names of its modules. Raises `ConfigError` if it cannot be."""
    name = spec.name.replace("-", "_")
    if not re.fullmatch(r"[A-Za-z]\w*", name, re.ASCII):
        raise ConfigError(
            f"{type(spec).__name__}.name = {spec.name!r} must be letters, digits, _ and - to be part of a module name"
        )
    return name


def demand_power_of_two(spec: Design, name: str) -> None:
    """Raise `ConfigError` unless a field is a power of two."""
    value = getattr(spec, name)
    holds = 2 <= value <= MOST and value & (value - 1) == 0
    demand(spec, name, holds, f"must be a power of two, 2 at least and {MOST} at most")


def demand_range(spec: Design, name: str, low: int, high: int, why: str = "") -> None:
    """Raise `ConfigError` unless a field lies in a range, both ends included."""
    demand(spec, name, low <= getattr(spec, name) <= high, f"must be {low} to {high}{why}")


def demand(spec: Design, name: str, holds: bool, rule: str) -> None:
    """Raise `ConfigError` that names a field and its rule, unless that `holds`."""
    if not holds:
        raise ConfigError(f"{type(spec).__name__}.{name} = {getattr(spec, name)} cannot be built: it {rule}")
