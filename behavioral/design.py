"""`Design`: what the specifications of all chips can do, a frozen list of named numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

from ..checks import as_type
from ..errors import ArgumentError, ConfigError
from ..scalars import as_float, as_int, shown
from .follow import Kept, Rule, shown_number


@dataclass(frozen=True)
class Design:
    """Base of a specification; all its fields but `name` are numbers with defaults, whole ones where they are `int`.

    Fields made by `follows` are counted on others and follow them: `ChipSpec(weight_bits=4)` and
    `chip_spec("bss2").with_fields(weight_bits=4)` have the range of weights of the chip, unless `weight_lsb_per_unit`
    is given, too. A specification checks its numbers, then lets the fields that were not given follow.
    """

    chip: ClassVar[str]
    """Name of the chip in `chips.py`."""
    spiking_outputs: ClassVar[bool]
    """Whether the outputs of a network spike on this chip, and the host makes the readout of their spikes; else they
    are leaky integrators whose membranes a CADC reads, and their weights may be scaled at will."""

    usual_calibration: ClassVar[str]
    """What a die has been calibrated for where nothing else is said."""

    name: str

    if TYPE_CHECKING:  # what the ideal model and the levels ask every specification for, a field or a property of it

        @property
        def clock_hz(self) -> float:
            """Clock of the digital path."""

        @property
        def tau_mem_s(self) -> float:
            """Nominal time constant of the membranes."""

        @property
        def tau_syn_s(self) -> float:
            """Nominal time constant of the synaptic currents."""

        @property
        def refractory_s(self) -> float:
            """Nominal rest after a spike."""

        @property
        def reset_unit(self) -> float:
            """Nominal reset in software units: 0 is the leak, 1 the threshold."""

        @property
        def start_unit(self) -> float:
            """Nominal membrane at the beginning of a sample in software units."""

        @property
        def weight_max(self) -> int:
            """Largest weight code."""

        @property
        def weight_lsb_per_unit(self) -> float:
            """Code of a synapse with software weight 1."""

        @property
        def record_cycles(self) -> int:
            """Cycles of the digital path per record of the readout."""

    def check_numbers(self, may_be_zero: tuple[str, ...] = (), may_be_negative: tuple[str, ...] = ()) -> None:
        """Turn numbers into those of Python, and raise `ConfigError` for a field that has none that it can have.

        That is a positive finite one, and a whole one where it must be.
        """
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "name" or ("rule" in field.metadata and (value is None or isinstance(value, Kept))):
                continue
            what = f"{type(self).__name__}.{field.name} = {shown(value)}"
            size, number = as_float(value), as_int(value)
            if size is None:
                raise ConfigError(f"{what} must be a number")
            value = size if number is None else number
            object.__setattr__(self, field.name, value)
            if field.name in may_be_negative:
                if not math.isfinite(size):
                    raise ConfigError(f"{what} must be finite")
            elif not (size > 0 or (field.name in may_be_zero and size == 0)) or size == math.inf:
                raise ConfigError(f"{what} must be positive and finite")
            if field.type == "int" and not isinstance(value, int):
                raise ConfigError(f"{what} must be a whole number")

    def check_name(self) -> None:
        """Raise `ConfigError` unless the name is a short text that can be part of the name of a file."""
        if not isinstance(self.name, str) or not re.fullmatch(r"[\w.,+ -]{1,64}", self.name):
            kind = type(self).__name__
            raise ConfigError(f"{kind}.name = {shown(self.name)} must be 1 to 64 letters, digits, or any of ' _.,+-'")

    def settle(self) -> None:
        """Give the fields that follow, and were not given, their values."""
        for name, rule in self._rules().items():
            value = getattr(self, name)
            if value is None or isinstance(value, Kept):
                stays = rule.nominal if value is None else value.quantity
                object.__setattr__(self, name, self._finite(name, rule.value, stays))

    def with_fields(self, **changes: Any) -> Self:
        """Return a copy with some fields changed, and with them those that follow and are not among the changes.

        Raises `ConfigError` for an unknown field.
        """
        known = [field.name for field in fields(self)]
        unknown = sorted(set(changes) - set(known))
        if unknown:
            raise ArgumentError(f"unknown chip field {unknown[0]!r}; known: {', '.join(known)}")
        kind = type(self).__name__
        numbers = {
            name: as_type(value, int | float, f"{kind}.{name}") for name, value in changes.items() if name != "name"
        }
        following: dict[str, Any] = dict(self._kept(numbers))
        return replace(self, **following, **changes)

    def followed(self, **changes: Any) -> dict[str, str]:
        """Say which fields follow in `with_fields(**changes)`: one sentence per field that takes another value.

        >>> chip_spec("bss2").followed(weight_bits=4)["weight_lsb_per_unit"]
        'weight_bits = 4: weight_lsb_per_unit follows, 30 → 7.143 (range of weights stays ±2.1)'
        """
        after, said = self.with_fields(**changes), {}
        for name in self._kept(changes):
            rule, old, new = self._rules()[name], getattr(self, name), getattr(after, name)
            if old == new:
                continue
            moved = [leader for leader in rule.leaders if getattr(after, leader) != getattr(self, leader)]
            given = " and ".join(f"{leader} = {shown_number(getattr(after, leader))}" for leader in moved)
            result = rule.said(rule.stays(old, *self._of(rule)), rule.stays(new, *after._of(rule)))
            said[name] = f"{given}: {name} follows, {shown_number(old)} → {shown_number(new)} ({result})"
        return said

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values."""
        return asdict(self)

    def _rules(self) -> dict[str, Rule]:
        return {field.name: field.metadata["rule"] for field in fields(self) if "rule" in field.metadata}

    def _of(self, rule: Rule) -> tuple[float, ...]:
        return tuple(getattr(self, leader) for leader in rule.leaders)

    def _kept(self, changes: dict[str, Any]) -> dict[str, Kept | None]:
        """Return what stands for the fields that have to follow, None where they are as the nominal rule has them."""
        kept: dict[str, Kept | None] = {}
        for name, rule in self._rules().items():
            own = self._of(rule)
            if name in changes or tuple(changes.get(leader, getattr(self, leader)) for leader in rule.leaders) == own:
                continue
            value = getattr(self, name)
            nominal = value == self._finite(name, rule.value, rule.nominal)
            kept[name] = None if nominal else Kept(self._finite(name, rule.stays, value))
        return kept

    def _finite(self, name: str, value: Callable[..., float], given: float) -> float:
        """Return what a rule says of a field. Raises `ConfigError` where its leaders make that no finite number."""
        rule = self._rules()[name]
        try:
            found = value(given, *self._of(rule))
        except (ArithmeticError, ValueError):  # of a quotient that is too large, or is none
            found = math.nan
        if not 0 < found < math.inf:
            leaders = " and ".join(f"{leader} = {shown_number(getattr(self, leader))}" for leader in rule.leaders)
            raise ConfigError(
                f"{type(self).__name__}.{name} has no finite value at {leaders}; change that, or give both"
            )
        return found
