"""The hidden spikes of two levels over each other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from ...cosim.agree import Comparison
from .style import BLUE, GREY, VERMILLION, draw, side_labels


def draw_agreement(shown: Comparison, path: Path) -> None:
    """Draw the rasters of a comparison: the first sample that differs, or the first one of all."""
    subject, levels = shown.trial.subject, shown.trial.levels

    def fill(figure: Figure) -> None:
        axes = figure.subplots()
        labels = []
        for level, batch, colour, size in zip(levels, shown.rasters, (VERMILLION, BLUE), (9.0, 4.0), strict=True):
            axes.plot(1e6 * batch.time_s, batch.unit, "|", color=colour, markersize=size, markeredgewidth=1.2)
            labels.append((f"{level}: {len(batch.unit)} spikes", colour))
        if shown.first is not None and shown.first.unit == "cycle":
            axes.axvline(1e6 * (shown.first.time + 1) / subject.chip.spec.clock_hz, color=GREY, linestyle=":")
        elif shown.first is not None:
            axes.axvline(1e6 * (shown.first.time + 1) * subject.grid.step_s, color=GREY, linestyle=":")
        verdict = "they agree" if shown.agrees else "they differ"
        axes.set_title(
            f"sample {shown.shown} on {' and '.join(levels)}, {shown.trial.conditions}: {verdict}", loc="left"
        )
        axes.set_xlabel("time (µs)")
        axes.set_ylabel("hidden neuron")
        axes.set_xlim(0, 1.012e6 * subject.grid.duration_s)
        axes.set_ylim(-1, float(np.maximum(shown.rasters[0].units, 1)))
        side_labels(axes, labels if shown.first is None else [*labels, ("first difference", GREY)])

    draw(path, 4.5, fill)
