"""The spread of a die: one histogram per analog quantity, on axes that are equal where the unit is."""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...behavioral.bss2.die import Die
from ...cosim.bss2.chip import Bss2Chip
from ...cosim.chip import Chip
from .style import BLUE, GREY, INK, VERMILLION, draw

# name in `Die`, title; by row of the figure
_FACTORS: Final = (
    ("tau_syn_exc", "τ$_{syn}$ excitatory"),
    ("tau_syn_inh", "τ$_{syn}$ inhibitory"),
    ("tau_mem", "τ$_{mem}$"),
    ("gain_exc", "gain excitatory"),
    ("gain_inh", "gain inhibitory"),
    ("driver_gain", "synapse driver gain"),
    ("cadc_gain", "CADC gain"),
)
_OFFSETS: Final = (
    ("leak_lsb", "leak"),
    ("reset_lsb", "reset"),
    ("threshold_lsb", "threshold"),
    ("cadc_offset_lsb", "CADC offset"),
)
_CURRENTS: Final = (
    ("offset_exc", "offset current excitatory"),
    ("offset_inh", "offset current inhibitory"),
)


@singledispatch
def draw_chip(chip: Chip, path: Path) -> None:
    """Draw how far the circuits of a chip deviate; a chip may have a drawing of its own. Raises `StorageError`."""
    quantities = chip.quantities()

    def fill(figure: Figure) -> None:
        cells = figure.subplots(-(-len(quantities) // 4), 4, squeeze=False).ravel()
        for axes in cells[len(quantities) :]:
            axes.set_axis_off()
        for axes, (name, values) in zip(cells, quantities.items(), strict=False):
            axes.hist(np.ravel(values), bins=30, color=BLUE)
            axes.set_title(name)

    draw(path, 6.0, fill)


@draw_chip.register
def _(chip: Bss2Chip, path: Path) -> None:
    draw_die(chip.die, path)


def draw_die(die: Die, path: Path) -> None:
    """Draw how far the circuits of a die deviate from their nominal values. Raises `StorageError`."""
    factors, offsets = _edges(die, _FACTORS, 1.0, 0.1), _edges(die, _OFFSETS, 0.0, 5.0)
    currents = _edges(die, _CURRENTS, 0.0, 0.05)

    def fill(figure: Figure) -> None:
        cells = figure.subplots(4, 4)
        places = (*cells[0, :3], *cells[1])
        for axes, (name, title) in zip(places, _FACTORS, strict=True):
            _histogram(axes, getattr(die, name), title, 1.0, factors, "σ = {:.3f}")
        for axes, (name, title) in zip(cells[2], _OFFSETS, strict=True):
            _histogram(axes, getattr(die, name), title, 0.0, offsets, "σ = {:.1f} LSB")
            axes.set_xlabel("deviation (CADC LSB)")
        for axes, (name, title) in zip(cells[3], _CURRENTS, strict=False):
            _histogram(axes, getattr(die, name), title, 0.0, currents, "σ = {:.3f}")
            axes.set_xlabel("software units")
        for axes in cells[3, 2:]:
            axes.set_axis_off()
        for axes in (*cells[0, :3], *cells[1]):
            axes.set_xlabel("factor on nominal")
        for axes in cells[:, 0]:
            axes.set_ylabel("circuits")
        cells[1, 2].set_ylabel("drivers")
        for axes in cells[1:3, 3]:
            axes.set_ylabel("channels")
        _caption(cells[0, 3], die)

    draw(path, 7.8, fill)


def _edges(die: Die, names: tuple[tuple[str, str], ...], nominal: float, least: float) -> NDArray[np.float64]:
    """Return bin edges for all values of some quantities, at least nominal ± least; those of factors from 0 up."""
    reach = 1.02 * max(least, *(float(np.abs(getattr(die, name) - nominal).max()) for name, _ in names))
    return np.linspace(nominal - min(reach, nominal or reach), nominal + reach, 44)


def _histogram(
    axes: Axes, values: NDArray[np.float64], title: str, nominal: float, edges: NDArray[np.float64], note: str
) -> None:
    counts, _ = np.histogram(values, edges)
    axes.stairs(counts, edges, fill=True, color=BLUE)
    axes.axvline(nominal, ymax=0.84, color=VERMILLION, linestyle="--", linewidth=1.2)
    axes.set_title(title)
    axes.set_xlim(edges[0], edges[-1])
    axes.set_ylim(0, 1.3 * counts.max())
    axes.locator_params(axis="both", nbins=4)
    axes.text(0.98, 0.99, note.format(values.std()), transform=axes.transAxes, ha="right", va="top", color=INK,
              fontsize=9)  # fmt: skip


def _caption(axes: Axes, die: Die) -> None:
    axes.set_axis_off()
    lines = (
        (f"die {die.seed}, {die.calibration}", INK),
        (f"{die.tau_mem.size} neuron circuits", GREY),
        (f"{die.driver_gain.size} synapse drivers", GREY),
        (f"{die.cadc_gain.size} CADC channels", GREY),
        ("dashed: nominal value", VERMILLION),
        ("σ: standard deviation", INK),
    )
    for k, (text, colour) in enumerate(lines):
        axes.text(0.0, 0.95 - 0.16 * k, text, transform=axes.transAxes, va="top", color=colour, fontsize=9)
