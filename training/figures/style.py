"""What all figures share: size, fonts, colours, and the way to a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ...files import check_replaceable, write_atomically

MADE_BY: Final = "inloop"
WIDTH_IN: Final = 8.0
DPI: Final = 150

# Okabe and Ito, distinguishable with any colour vision
BLUE, ORANGE, GREEN, VERMILLION = "#0072B2", "#E69F00", "#009E73", "#D55E00"
INK, GREY, PALE = "#222222", "#6F6F6F", "#B8B8B8"

_STYLE: Final[dict[str, Any]] = {
    "font.size": 10.0,
    "axes.titlesize": 10.0,
    "axes.labelsize": 10.0,
    "xtick.labelsize": 9.0,
    "ytick.labelsize": 9.0,
    "legend.fontsize": 9.0,
    "figure.titlesize": 11.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.handlelength": 1.5,
}


def draw(path: Path, height_in: float, fill: Callable[[Figure], None]) -> None:
    """Make a figure, let `fill` draw on it, and write it. Raises `StorageError` if that fails."""
    with matplotlib.style.context(_STYLE, after_reset=True):
        figure = Figure(figsize=(WIDTH_IN, height_in), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        fill(figure)
        marked = {"Software": MADE_BY}
        write_atomically(path, lambda temporary: figure.savefig(temporary, format="png", dpi=DPI, metadata=marked))


def check_figure(path: Path) -> None:
    """Raise `StorageError` if a file is there that is no figure of ours; to be called before the work begins."""
    check_replaceable(path, f"Software\0{MADE_BY}".encode())


def side_labels(axes: Axes, labels: Sequence[tuple[str, str]]) -> None:
    """Write (text, colour) one below the other to the right of the axes."""
    for line, (text, colour) in enumerate(labels):
        axes.annotate(
            text,
            (1, 1),
            (8, -1 - 12.5 * line),
            xycoords="axes fraction",
            textcoords="offset points",
            color=colour,
            fontsize=9,
            va="top",
            annotation_clip=False,
        )


def legend(figure: Figure) -> None:
    """Write one legend above all axes of a figure, each label once, in as many columns as there is room for."""
    entries: dict[str, Any] = {}
    for axes in figure.axes:
        handles, labels = axes.get_legend_handles_labels()
        entries |= dict(zip(labels, handles, strict=True))
    column_in = 0.5 + 0.066 * max(map(len, entries), default=0)  # of handle and spacing, and of a character at 9 points
    columns = max(1, min(len(entries), int(WIDTH_IN / column_in)))
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=columns)
