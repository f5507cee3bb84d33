"""The course of training: loss, accuracy and activity against the epoch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from .style import BLUE, GREEN, VERMILLION, draw


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
            accuracy.axhline(test_accuracy, color=VERMILLION, linestyle="--", label=f"test {test_accuracy:.1f} %")
        accuracy.set_ylabel("accuracy (%)")
        _line(activity, metrics, "hidden_spikes", BLUE)
        activity.set_ylabel("hidden spikes per sample")
        activity.set_ylim(0, _above([row["hidden_spikes"] for row in metrics]))
        for axes in (loss, accuracy, activity):
            axes.set_xlabel("epoch")
            axes.set_xlim(*_around([row["epoch"] for row in metrics]))
            axes.xaxis.set_major_locator(MaxNLocator(5, integer=True, min_n_ticks=1))
        figure.legend(*accuracy.get_legend_handles_labels(), loc="outside upper center", ncols=3)

    draw(path, 3.1, fill)


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


def _around(epochs: Sequence[float]) -> tuple[float, float]:
    """Return limits of the axis that leave room on both sides, also for a single epoch."""
    first, last = min(epochs, default=1.0), max(epochs, default=1.0)
    room = max(0.5 if last - first < 3 else 0.0, 0.04 * (last - first))
    return first - room, last + room


def _above(values: Sequence[float]) -> float:
    """Return an upper limit of the axis that leaves some room."""
    finite = [value for value in values if np.isfinite(value)]
    return 1.15 * max(finite, default=0.0) or 1.0
