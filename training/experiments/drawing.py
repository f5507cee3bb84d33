"""What the figures of experiments share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from matplotlib.axes import Axes

from ..figures.style import GREY
from .experiment import Row
from .statistics import curve


def line(
    axes: Axes,
    rows: Sequence[Row],
    x: str,
    y: str,
    label: str,
    colour: str,
    scale: float = 1.0,
    marker: str = "o",
    style: str = "-",
    fillstyle: Literal["full", "none"] = "full",
) -> None:
    """Draw the mean of y against x, with the standard deviation as error bar. scale: of x on the axis."""
    places, means, spreads = curve(rows, x, y)
    if places:
        axes.errorbar(
            [scale * place for place in places], means, spreads, fmt=f"{marker}{style}", markersize=4, capsize=3,
            color=colour, label=label, fillstyle=fillstyle,
        )  # fmt: skip


def level(axes: Axes, value: float, label: str) -> None:
    """Draw a value to compare with as a horizontal line."""
    axes.axhline(value, color=GREY, linestyle="--", linewidth=1.0, label=label)
