"""Under what conditions the figures of a table were measured, in words: repetitions, test samples, loss, epochs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from ..config import load_config
from ..evaluate import Evaluation
from ..loop import Trainer
from .experiment import Row
from .statistics import distinct

TEST_SAMPLES: Final = {"yin-yang": 1000, "mnist": 10_000, "fashion-mnist": 10_000, "fsdd": 300, "shd": 2264}
"""Whole test splits by data set, for trials that did not note how many samples they tested."""


def as_measured(trainer: Trainer, result: Evaluation) -> Row:
    """Return what a trial notes of its conditions beside its parameters."""
    return {"loss": trainer.config.training.loss, "tested": result.samples}


def conditions(rows: Sequence[Row], preset: str, **known: Any) -> str:
    """Return the conditions of some rows of a preset; empty without rows.

    known: `loss` or `tested` where the rows do not say and it differs from the preset and its whole test split.
    """
    if not rows:
        return ""
    config = load_config(preset)
    loss = distinct(rows, "loss") or [known.get("loss", config.training.loss)]
    tested = distinct(rows, "tested") or [known.get("tested", TEST_SAMPLES[config.dataset])]
    epochs = distinct(rows, "epochs") or [config.training.epochs]
    parts = [
        repetitions(rows), f"{_either(tested)} test samples", f"{_either(epochs)} epochs", f"loss {_either(loss)}"
    ]  # fmt: skip
    return ", ".join(parts)


def repetitions(rows: Iterable[Row]) -> str:
    """Return the number of seeds, each of which is another die, too."""
    count = len(distinct(rows, "seed"))
    return f"n = {count} seeds" if count > 1 else "n = 1 seed"


def _either(values: Iterable[Any]) -> str:
    return " or ".join(f"{value:,}" if isinstance(value, int) else str(value) for value in values)
