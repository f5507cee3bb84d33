"""The course of training: loss, accuracy and activity against the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import BLUE, GREEN, INK, ORANGE, draw


def draw_learning(metrics: Sequence[dict[str, float]], test_accuracy: float | None, path: Path) -> None:
    """Draw the metrics of all epochs, and the accuracy on the test split if it is known, in percent."""

    def fill(figure: Figure) -> None:
        loss, accuracy, activity = figure.subplots(1, 3)
        _line(loss, metrics, "train_loss", BLUE)
        loss.set_ylabel("training loss (nats)")
        _logarithmic_if_wide(loss, [row["train_loss"] for row in metrics])
        _line(accuracy, metrics, "train_accuracy", BLUE, "training")
        _line(accuracy, metrics, "validation_accuracy", GREEN, "validation")
        if test_accuracy is not None:
            label = f"test, at the end: {test_accuracy:.1f} %"
            accuracy.axhline(test_accuracy, color=ORANGE, linestyle="--", label=label)
        accuracy.set_ylabel("accuracy (%)")
        accuracy.legend(loc="lower right")
        _line(activity, metrics, "hidden_spikes", INK)
        activity.set_ylabel("hidden spikes per sample")
        activity.set_ylim(0, _above([row["hidden_spikes"] for row in metrics]))
        for axes in (loss, accuracy, activity):
            axes.set_xlabel("epoch")
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))

    draw(path, 2.9, fill)


def _line(axes: Axes, metrics: Sequence[dict[str, float]], key: str, colour: str, label: str | None = None) -> None:
    rows = [row for row in metrics if key in row]
    if rows:
        marker = "o" if len(rows) <= 12 else ""
        x, y = [row["epoch"] for row in rows], [row[key] for row in rows]
        axes.plot(x, y, color=colour, marker=marker, markersize=4, label=label)


def _logarithmic_if_wide(axes: Axes, values: Sequence[float]) -> None:
    finite = [value for value in values if np.isfinite(value)]
    if finite and min(finite) > 0 and max(finite) > 10 * min(finite):
        axes.set_yscale("log")


def _above(values: Sequence[float]) -> float:
    """Return an upper limit of the axis that leaves some room."""
    finite = [value for value in values if np.isfinite(value)]
    return 1.15 * max(finite, default=0.0) or 1.0
