"""Fields of a design that follow others: cycles counted on its clock, codes counted on its widths.

What a user means by a number stays as it is: with fewer bits a weight has the same range in larger steps, on a slower
clock the CADC has the same period in fewer cycles. So such a field has no value of its own unless it is given one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

PERIOD_TOLERANCE: Final = 0.05
"""A period may be so far, relatively, from the wanted one to be a multiple of a larger power of two of cycles."""


@dataclass(frozen=True)
class Rule:
    """How a field follows.

    leaders: the fields that it is counted on. nominal: what stays when they change; as a number `quantity`.
    value(stays, *leaders): the field. stays(value, *leaders): the inverse, where there is one. shown: the number for
    people.
    """

    leaders: tuple[str, ...]
    nominal: float
    value: Callable[..., float]
    stays: Callable[..., float]
    quantity: str
    shown: Callable[[float], str]

    def said(self, wanted: float, found: float) -> str:
        """Say what has become of the quantity."""
        if abs(found - wanted) <= 1e-9 * abs(wanted):
            return f"{self.quantity} stays {self.shown(wanted)}"
        return f"{self.quantity} becomes {self.shown(found)}, as near as it comes to {self.shown(wanted)}"


@dataclass(frozen=True)
class Kept:
    """Stands for a field until its leaders are known to be sound: what stays of another design."""

    quantity: float


def follows(rule: Rule) -> Any:
    """Return the field of a dataclass that follows by this rule unless it is given."""
    return field(default=None, metadata={"rule": rule})


def time_rule(clock: str, nominal_s: float, quantity: str, least: int = 1) -> Rule:
    """Return the rule of a time in whole cycles of a clock in Hz, `least` cycles or more."""
    return Rule(
        leaders=(clock,),
        nominal=nominal_s,
        value=lambda time_s, clock_hz: max(least, round(time_s * clock_hz)),
        stays=lambda cycles, clock_hz: cycles / clock_hz,
        quantity=quantity,
        shown=shown_time,
    )


def weight_range(nominal: float) -> Rule:
    """Return the rule of weight codes per software unit: what stays is the largest weight, `nominal` units."""

    def largest(step_or_range: float, weight_bits: int) -> float:
        return ((1 << weight_bits) - 1) / step_or_range

    return Rule(("weight_bits",), nominal, largest, largest, "range of weights", "±{:.4g}".format)


def whole_period(period_s: float, clock_hz: float) -> int:
    """Return a period in whole cycles, at least one.

    It is the nearest multiple of the largest of 16, 8, 4, 2 and 1 cycles that lies within 5 % of `period_s`, so that it
    can be divided into steps of whole cycles; the nearest number of cycles if none does.
    """
    wanted = period_s * clock_hz
    for part in (16, 8, 4, 2):
        cycles = part * round(wanted / part)
        if abs(cycles - wanted) <= PERIOD_TOLERANCE * wanted:
            return cycles
    return max(1, round(wanted))


def shown_time(time_s: float) -> str:
    """Return a time for people."""
    return f"{1e6 * time_s:.4g} µs" if time_s >= 1e-7 else f"{1e9 * time_s:.4g} ns"


def shown_number(value: float) -> str:
    """Return a value of a field for people."""
    return str(value) if isinstance(value, int) else f"{value:.4g}"
