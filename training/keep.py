"""Which weights a run ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

VALIDATION: Final = "validation_accuracy"
"""Column of metrics.csv; only where weights are chosen."""


@dataclass(frozen=True)
class Keep:
    """score: of the metrics of an epoch; the weights of the first epoch with the highest are kept. None: the last ones.

    To choose, a validation split is held out of the training data, and metrics have `VALIDATION`, too.
    """

    score: Callable[[Mapping[str, float]], float] | None = None

    @property
    def chooses(self) -> bool:
        """Whether epochs are compared."""
        return self.score is not None


def _validation(metrics: Mapping[str, float]) -> float:
    return metrics[VALIDATION]


LAST: Final = Keep()
BEST: Final = Keep(_validation)
