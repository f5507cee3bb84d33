"""A configuration as sections of equal entities: what a host can set, how wide it is, what it is after reset.

A section is a dataclass whose fields are made by `bits` and hold one value per entity. Register maps, reset values of
the RTL and the checks of the twins derive from the sections of a chip.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields, replace
from typing import Any, Final, Self

import numpy as np

from ..errors import ConfigError, shown

ONES: Final = -1
"""Stands for a value after reset that has all bits of its field set."""


def bits(width: int | str, reset: int, doc: str) -> Any:
    """Declare a field. width: bits, or the attribute of the chip's specification that says how many."""
    return field(metadata={"bits": width, "reset": reset, "doc": doc})


def reset_value(f: Field[Any], bits_: int) -> int:
    """Return the value after reset of a field of so many bits."""
    reset: int = f.metadata["reset"]
    return (1 << bits_) - 1 if reset == ONES else reset


def section_fields(spec: Any, kind: type[Any]) -> Iterator[tuple[Field[Any], int]]:
    """Yield the fields of a section with their widths in bits."""
    for f in fields(kind):
        width = f.metadata["bits"]
        yield f, (getattr(spec, width) if isinstance(width, str) else width)


def width(spec: Any, kind: type[Any], name: str) -> int:
    """Return the width in bits of one field of a section."""
    return next(bits for f, bits in section_fields(spec, kind) if f.name == name)


@dataclass(frozen=True, eq=False)
class Configuration(ABC):
    """Base of a chip's configuration, whose fields are sections."""

    @classmethod
    @abstractmethod
    def sections(cls) -> dict[str, type[Any]]:
        """Return the sections by name."""

    @classmethod
    @abstractmethod
    def entities(cls, spec: Any) -> dict[str, int]:
        """Return the number of entities per section."""

    @classmethod
    def default(cls, spec: Any) -> Self:
        """Return the configuration after reset."""
        made = {}
        for name, kind in cls.sections().items():
            count = cls.entities(spec)[name]
            values = {f.name: reset_value(f, bits_) for f, bits_ in section_fields(spec, kind)}
            made[name] = kind(**{field: np.full(count, value, np.int64) for field, value in values.items()})
        return cls(**made)

    def with_section(self, name: str, **values: Any) -> Self:
        """Return a copy with fields of one section replaced; scalars apply to all entities.

        Raises `ConfigError` for a field that the section does not have, and for numbers that no register can hold.
        """
        section = getattr(self, name)
        known = [f.name for f in fields(section)]
        for k in set(values) - set(known):
            raise ConfigError(f"section {name!r} of a configuration has no field {k!r}; its fields: {', '.join(known)}")
        try:
            arrays = {k: np.array(np.broadcast_to(v, getattr(section, k).shape), np.int64) for k, v in values.items()}
        except OverflowError:
            given = ", ".join(f"{k} = {shown(v)}" for k, v in values.items())
            raise ConfigError(f"section {name!r} of a configuration cannot hold {given}: 64 bits at most") from None
        changed: dict[str, Any] = {name: replace(section, **arrays)}
        return replace(self, **changed)

    def check(self, spec: Any) -> Self:
        """Return self. Raises `ConfigError` for an array of the wrong length or a value wider than its field."""
        for name, kind in self.sections().items():
            count = self.entities(spec)[name]
            for f, bits_ in section_fields(spec, kind):
                values = getattr(getattr(self, name), f.name)
                if values.shape != (count,):
                    raise ConfigError(f"{name}.{f.name} has shape {values.shape}, expected ({count},)")
                bad = np.flatnonzero((values < 0) | (values >> bits_ != 0))
                if len(bad):
                    raise ConfigError(
                        f"{name}.{f.name}[{bad[0]}] = {values[bad[0]]} must be 0 to {(1 << bits_) - 1} ({bits_} bits)"
                    )
        return self
