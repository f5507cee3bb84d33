"""The placement of a network: synapse arrays, drivers on their buses, neurons, labels on the buses, crossbar."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ...behavioral.bss2.fabric.wiring import buses, crossbar_inputs, crossbar_nodes, crossbar_outputs, driver_bus
from ...cosim.bss2.chip_map import NOBODY, ChipMap
from ...cosim.bss2.names import bus_names, input_names, output_names
from ...cosim.chip_map import Mapped, populations
from .style import BLUE, GREEN, GREY, INK, ORANGE, PALE, VERMILLION, draw

EMPTY: Final = "#EFEFEF"
_SENDERS: Final = (BLUE, ORANGE, GREEN, VERMILLION, "#56B4E9", "#CC79A7", "#F0E442")
_DOT: Final[dict[str, Any]] = {"linestyle": "none", "marker": "o", "markeredgewidth": 0.8}
_NODES: Final[dict[str, dict[str, Any]]] = {
    "node in use": {**_DOT, "color": INK, "markersize": 5.5},
    "node open": {**_DOT, "color": INK, "markersize": 5.5, "markerfacecolor": "none"},
    "node closed": {**_DOT, "color": PALE, "markersize": 2.5},
}


def draw_map(mapped: Mapped, path: Path) -> None:
    """Draw the picture that a chip has of itself, or else the shares of what is in use. Raises `StorageError`."""
    if isinstance(mapped.picture, ChipMap):
        draw_placement(mapped.picture, path)
        return

    def fill(figure: Figure) -> None:
        axes = figure.subplots()
        shares = [100 * use.used / max(use.available, 1) for use in mapped.used]
        axes.barh([use.resource for use in mapped.used][::-1], shares[::-1], color=BLUE)
        axes.set_xlabel("in use (%)")
        axes.set_title(f"{mapped.topology} on {mapped.chip}")

    draw(path, 4.0, fill)


def draw_placement(chip: ChipMap, path: Path) -> None:
    """Draw who uses what on the chip. Raises `StorageError`."""
    spec = chip.spec

    def fill(figure: Figure) -> None:
        left, right = figure.subfigures(1, 2, width_ratios=(1.55, 1), squeeze=False)[0]
        heights = [10.0, *(part for _ in range(spec.hemispheres - 1) for part in (1.1, 10.0))]
        if spec.hemispheres == 1:
            heights.append(1.1)
        cells = left.subplots(len(heights), 2, width_ratios=(7, 1), height_ratios=heights, squeeze=False)
        for hemisphere in range(spec.hemispheres):
            _array(cells[2 * hemisphere, 0], chip, hemisphere)
            _drivers(cells[2 * hemisphere, 1], chip, hemisphere)
        _neurons(cells[1, 0], chip)
        cells[1, 1].set_axis_off()
        labels, crossbar, legend = right.subplots(3, 1, height_ratios=(9, 9, 2.8))
        _labels(labels, chip)
        _crossbar(crossbar, chip)
        _legend(legend, chip)
        figure.suptitle(f"{chip.topology} on chip {spec.name}", x=0.01, ha="left")

    draw(path, 8.6, fill)


def _colour(chip: ChipMap, population: int) -> str:
    return GREY if population > len(chip.topology.hidden) else _SENDERS[population % len(_SENDERS)]


def _show(axes: Axes, chip: ChipMap, image: Any, **options: Any) -> None:
    """Show an image of population numbers in their colours."""
    colours = ListedColormap([EMPTY, *(_colour(chip, k) for k in range(len(chip.topology.sizes)))])
    options |= {"vmin": NOBODY - 0.5, "vmax": len(chip.topology.sizes) - 0.5}
    axes.imshow(image, colours, aspect="auto", interpolation="nearest", **options)


def _origin(hemisphere: int) -> str:
    """Return where row 0 is drawn: beside the neurons."""
    return "lower" if hemisphere == 0 else "upper"


def _array(axes: Axes, chip: ChipMap, hemisphere: int) -> None:
    """Draw the synapses of a hemisphere by who sends to them."""
    spec = chip.spec
    _show(axes, chip, chip.synapses[hemisphere], origin=_origin(hemisphere))
    side = "top" if hemisphere == 0 else "bottom"
    axes.set_title(f"synapses, {side} hemisphere", loc="left")
    axes.set_ylabel("row, two per driver")
    axes.set_yticks([*range(0, spec.rows, spec.rows // 4), spec.rows - 1])
    axes.set_xticks([])
    for column in range(0, spec.columns, spec.columns // spec.event_outputs):
        axes.axvline(column - 0.5, color="white", linewidth=0.6)


def _drivers(axes: Axes, chip: ChipMap, hemisphere: int) -> None:
    """Draw which drivers listen, each on its bus."""
    spec = chip.spec
    image = np.full((spec.drivers, spec.padi_buses), NOBODY)
    driver = np.arange(spec.drivers)
    image[driver, driver_bus(spec, driver)[0]] = np.where(chip.receiver[hemisphere], 1, 0)
    colours = ListedColormap(["white", PALE, INK])
    options: dict[str, Any] = {"vmin": -1.5, "vmax": 1.5, "origin": _origin(hemisphere)}
    axes.imshow(image, colours, aspect="auto", interpolation="nearest", **options)
    axes.set_title("drivers", loc="left")
    axes.set_yticks([])
    axes.set_xticks(range(spec.padi_buses))
    axes.set_xlabel("bus")


def _neurons(axes: Axes, chip: ChipMap) -> None:
    """Draw the neuron circuits between the hemispheres, with the event outputs of their columns."""
    spec = chip.spec
    _show(axes, chip, chip.circuits)
    width = spec.columns // spec.event_outputs
    for output in range(1, spec.event_outputs):
        axes.axvline(output * width - 0.5, color="white", linewidth=1.2)
    axes.set_yticks([])
    axes.set_xticks((np.arange(spec.event_outputs) + 0.5) * width - 0.5, [str(n) for n in range(spec.event_outputs)])
    axes.tick_params(length=0)
    axes.set_ylabel("neurons", rotation=0, ha="right", va="center")
    axes.set_xlabel(f"event outputs of {width} columns")


def _labels(axes: Axes, chip: ChipMap) -> None:
    """Draw who sends which label on which bus."""
    count, groups, labels = chip.labels.shape
    image = np.full((count, groups + 1, labels), -2)  # a free line between two buses
    image[:, :groups] = chip.labels
    colours = ["white", EMPTY, *(_colour(chip, k) for k in range(len(chip.topology.sizes)))]
    axes.imshow(
        image.reshape(-1, labels), ListedColormap(colours), vmin=-2.5, vmax=len(chip.topology.sizes) - 0.5,
        aspect="auto", interpolation="nearest",
    )  # fmt: skip
    axes.set_title("labels on the buses" + (f", in {groups} groups" if groups > 1 else ""), loc="left")
    axes.set_yticks((groups + 1) * np.arange(count) + (groups - 1) / 2, bus_names(chip.spec))
    axes.set_xticks([0, labels // 2, labels - 1])
    axes.set_xlabel("label")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)


def _crossbar(axes: Axes, chip: ChipMap) -> None:
    """Draw the nodes: full where events go through, rings where some could, points where none can."""
    spec = chip.spec
    source, target = np.array(crossbar_nodes(spec)).T
    live = chip.nodes > 0
    idle = ~live & chip.open_nodes
    closed = ~live & ~chip.open_nodes
    for chosen, look in zip((live, idle, closed), _NODES.values(), strict=True):
        axes.plot(target[chosen], source[chosen], **look)
    axes.set_yticks(range(crossbar_inputs(spec)), input_names(spec), fontsize=7.5)
    axes.set_xticks(range(crossbar_outputs(spec)), output_names(spec), fontsize=7.5, rotation=90)
    axes.set_xlim(-0.7, crossbar_outputs(spec) - 0.3)
    axes.set_ylim(crossbar_inputs(spec) - 0.3, -0.7)
    axes.tick_params(length=0)
    axes.set_title("crossbar", loc="left")
    for border in (spec.event_outputs, spec.event_outputs + spec.link_channels):
        axes.axhline(border - 0.5, color=PALE, linewidth=0.6)
    axes.axvline(buses(spec) - 0.5, color=PALE, linewidth=0.6)


def _legend(axes: Axes, chip: ChipMap) -> None:
    axes.set_axis_off()
    parts: list[Any] = [Patch(color=_colour(chip, k), label=name) for k, name in enumerate(populations(chip.topology))]
    parts.append(Patch(color=EMPTY, label="free"))
    parts += [Line2D([], [], label=name, **look) for name, look in _NODES.items()]
    axes.legend(handles=parts, loc="upper left", ncols=2, borderaxespad=0)
