"""The weights as the chip holds them: how often each integer occurs in each matrix."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...behavioral.design import Design
from ...behavioral.network.weights import NetworkWeights, layer_scales, to_codes
from .style import BLUE, GREY, VERMILLION, draw


def draw_weights(weights: NetworkWeights, spec: Design, path: Path) -> None:
    """Draw one histogram of weight codes per matrix, with the share that sits at the limits."""
    matrices = _named_codes(weights, spec)
    rows = -(-len(matrices) // 2)

    def fill(figure: Figure) -> None:
        cells = figure.subplots(rows, 2, squeeze=False).ravel()
        for axes, (name, codes) in zip(cells, matrices, strict=False):
            _histogram(axes, codes, spec.weight_max)
            axes.set_title(f"{name}, {codes.shape[0]} × {codes.shape[1]}")
        for axes in cells[len(matrices) :]:
            axes.set_axis_off()
        for axes in cells[::2]:
            axes.set_ylabel("synapses")
        for axes in cells[max(0, len(matrices) - 2) : len(matrices)]:
            axes.set_xlabel("weight code (hardware integer)")

    draw(path, 0.3 + 2.6 * rows, fill)


def _named_codes(weights: NetworkWeights, spec: Design) -> list[tuple[str, NDArray[np.int16]]]:
    scales = layer_scales(weights, spec)
    hidden = len(weights.forward) - 1
    names = ["input", *(f"hidden {layer + 1}" if hidden > 1 else "hidden" for layer in range(hidden)), "readout"]
    out = []
    for layer, (weight, scale) in enumerate(zip(weights.forward, scales, strict=True)):
        out.append((f"{names[layer]} to {names[layer + 1]}", to_codes(weight, scale, spec.weight_max)))
        own: NDArray[Any] | None = weights.recurrent[layer] if layer < hidden else None
        if own is not None:
            out.append((f"{names[layer + 1]} to itself", to_codes(own, scale, spec.weight_max)))
    return out


def _histogram(axes: Axes, codes: NDArray[np.int16], limit: int) -> None:
    flat = codes.astype(np.int64).ravel()
    counts = np.bincount(flat + limit, minlength=2 * limit + 1)
    values = np.arange(-limit, limit + 1)
    axes.bar(values, counts, width=0.8 if limit < 20 else 1.0, color=BLUE, linewidth=0)
    ends = [0, 2 * limit]
    axes.bar(values[ends], counts[ends], width=0.8 if limit < 20 else 1.6, color=VERMILLION, linewidth=0)
    axes.set_yscale("log")
    axes.set_ylim(0.7, max(10, 4 * counts.max()))
    axes.set_xlim(-1.06 * limit - 1, 1.06 * limit + 1)
    axes.set_xticks([-limit, 0, limit] if limit < 20 else [-limit, -(limit + 1) // 2, 0, (limit + 1) // 2, limit])
    notes = ((0, "left", 0.02, VERMILLION), (limit, "center", 0.5, GREY), (2 * limit, "right", 0.98, VERMILLION))
    for place, side, x, colour in notes:
        code = f"{values[place]:+d}".replace("-", "−") if place != limit else "0"
        share = 100 * counts[place] / max(1, len(flat))
        axes.text(x, 0.98, f"at {code}: {share:.2g} %", transform=axes.transAxes, ha=side, va="top", color=colour,
                  fontsize=9)  # fmt: skip
