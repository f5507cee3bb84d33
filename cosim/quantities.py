"""The lines of a comparison of two levels: a quantity with its bound, and the place where they differ first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Kind = Literal["count", "percent", "relative"]


@dataclass(frozen=True)
class Quantity:
    """One line of a comparison.

    kind says how `amount` and `of` make the figure and how batches add up: `count`: things that differ, of all that
    were compared. `percent`: the share that agrees. `relative`: largest difference over largest value. bound: the
    most that may differ, for `percent` the least that must agree; None: for information only.
    """

    name: str
    kind: Kind
    bound: float | None
    amount: float
    of: float

    @property
    def figure(self) -> float:
        """The number that is judged; 100 % or 0 where there was nothing to compare."""
        if self.kind == "count":
            return self.amount
        ratio = self.amount / self.of if self.of else self.amount
        return 100 * (1 - ratio) if self.kind == "percent" else ratio

    @property
    def agrees(self) -> bool:
        """Whether the figure keeps its bound; NaN does not."""
        if self.bound is None:
            return True
        return self.figure >= self.bound if self.kind == "percent" else self.figure <= self.bound

    def merged(self, other: Quantity) -> Quantity:
        """Return this quantity over two batches."""
        join = max if self.kind == "relative" else sum
        pairs = ((self.amount, other.amount), (self.of, other.of))
        amount, of = (float("nan") if np.isnan(pair).any() else join(pair) for pair in pairs)
        return replace(self, amount=amount, of=of)


@dataclass(frozen=True, order=True)
class Divergence:
    """Where two levels differ first: the lowest sample, in it the earliest time.

    time: in `unit`, fabric cycles or grid steps. place: neuron or output, numbered through the layers. values: what
    each level has there.
    """

    sample: int
    time: int
    unit: str
    quantity: str
    place: str
    values: tuple[str, str]


Difference = tuple[Quantity, Divergence | None]
