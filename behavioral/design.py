"""`Design`: what the specifications of all chips can do, a frozen list of named numbers."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

from ..errors import ConfigError


@dataclass(frozen=True)
class Design:
    """Base of a specification; all its fields but `name` are numbers with defaults, whole ones where those are."""

    def check_numbers(self, may_be_zero: tuple[str, ...] = (), may_be_negative: tuple[str, ...] = ()) -> None:
        """Raise `ConfigError` for a field that is no positive finite number, or no whole one where it must be."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "name":
                continue
            what = f"{type(self).__name__}.{field.name} = {value!r}"
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                raise ConfigError(f"{what} must be a number")
            if field.name in may_be_negative:
                if not math.isfinite(value):
                    raise ConfigError(f"{what} must be finite")
            elif not (value > 0 or (field.name in may_be_zero and value == 0)) or value == float("inf"):
                raise ConfigError(f"{what} must be positive and finite")
            if isinstance(field.default, int) and not isinstance(value, int):
                raise ConfigError(f"{what} must be a whole number")

    def with_fields(self, **changes: Any) -> Self:
        """Return a copy with some fields changed. Raises `ConfigError` for an unknown field."""
        known = [field.name for field in fields(self)]
        unknown = sorted(set(changes) - set(known))
        if unknown:
            raise ConfigError(f"unknown chip field {unknown[0]!r}; known: {', '.join(known)}")
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)
