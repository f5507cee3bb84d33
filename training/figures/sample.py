"""One test sample on its way through the trained network, as the level records it."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ...cosim.observation import Observation
from ..decision import decide, read_as
from ..evaluate import TEST_TRIALS
from ..in_the_loop import InTheLoop
from ..problem import Encoded
from ..registries import LOSSES
from .style import BLUE, GREEN, GREY, INK, ORANGE, PALE, VERMILLION, draw, side_labels

_NEURON_COLOURS = (BLUE, ORANGE, GREEN)
_RASTER_IN, _TRACE_IN = 1.3, 1.5


def draw_sample(model: InTheLoop, data: Encoded, loss: str, path: Path) -> None:
    """Draw the first sample of `data`: inputs, spikes and some membranes of each hidden layer, and the readout.

    The noise is that of an evaluation of the same sample. loss: how the readout is read, as in the configuration.
    """
    spikes, label = data.spikes.select(np.zeros(1, np.int64)), int(data.labels[0])
    was_training = model.training
    model.eval()
    with torch.no_grad():
        observed = model(spikes, np.array([TEST_TRIALS], np.uint64), record_membranes=True)
        values = read_as(observed, loss)
    model.train(was_training)
    seen = observed.observation
    assert seen is not None
    layers = len(seen.spikes)
    heights = [_RASTER_IN, *([_RASTER_IN, _TRACE_IN] * layers), _TRACE_IN]

    def fill(figure: Figure) -> None:
        panels = figure.subplots(len(heights), 1, sharex=True, height_ratios=heights)
        _raster(panels[0], spikes.time_s, spikes.unit, spikes.units, "input\nchannel")
        for layer in range(layers):
            which = f" {layer + 1}" if layers > 1 else ""
            _hidden(panels[1 + 2 * layer], panels[2 + 2 * layer], seen, layer, which)
        title, decided_us = _readout(panels[-1], seen, values[0].numpy(), label, loss)
        for axes in panels:
            axes.axvline(decided_us, color=GREY, linewidth=0.8, linestyle=":", zorder=0)
        panels[0].set_title(f"first test sample on level {model.fidelity}: {title}", loc="left")
        panels[-1].set_xlabel("time (µs)")
        panels[-1].set_xlim(0, 1.012e6 * seen.grid.duration_s)
        figure.align_ylabels(panels)

    draw(path, 0.7 + 1.1 * sum(heights), fill)


def _raster(axes: Axes, time_s: NDArray[Any], unit: NDArray[Any], units: int, name: str) -> None:
    size = float(np.clip(72 * _RASTER_IN / units, 2.0, 7.0))
    axes.plot(1e6 * time_s, unit, "|", color=INK, markersize=size, markeredgewidth=1.0)
    axes.set_ylim(-0.03 * units - 0.5, 1.03 * units - 0.5)
    axes.set_ylabel(name)
    axes.locator_params(axis="y", nbins=4, integer=True)
    side_labels(axes, [(_spikes(len(unit)), INK)])


def _hidden(raster: Axes, traces: Axes, seen: Observation, layer: int, which: str) -> None:
    """Draw the spikes of a hidden layer, and the membranes of a few neurons that are coloured in both panels."""
    batch = seen.spike_batch(layer)
    _raster(raster, batch.time_s, batch.unit, batch.units, f"hidden{which}\nneuron")
    if not seen.has_membranes:
        traces.text(0.5, 0.5, "this chip records no membranes", ha="center", va="center", transform=traces.transAxes)
        return
    membrane = seen.membrane(layer)[0]
    times = _record_times_us(seen, len(membrane))
    counts = np.bincount(batch.unit, minlength=batch.units)
    labels = [("nominal threshold", GREY)]
    traces.axhline(1, color=GREY, linestyle="--", linewidth=1.0)
    for neuron, colour in zip(_picked(counts, membrane.max(axis=0)), _NEURON_COLOURS, strict=False):
        own = 1e6 * batch.time_s[batch.unit == neuron]
        raster.plot(own, np.full(len(own), neuron), "|", color=colour, markersize=8, markeredgewidth=2.0)
        traces.plot(times, membrane[:, neuron], color=colour, marker=_marker(seen), markersize=3.5)
        traces.plot(own, np.full(len(own), 1.0), "|", color=colour, markersize=9, markeredgewidth=2.0)
        labels.append((f"neuron {neuron}: {_spikes(counts[neuron])}", colour))
    traces.set_ylabel(f"membrane{which}\n(software units)")
    traces.locator_params(axis="y", nbins=4)
    side_labels(traces, labels)


def _spikes(count: int) -> str:
    return f"{count} spike" if count == 1 else f"{count} spikes"


def _picked(counts: NDArray[Any], peaks: NDArray[Any]) -> list[int]:
    """Choose the most active neuron, the median of those that fire, and the silent one recorded highest."""
    order = np.lexsort((peaks, counts))[::-1]
    firing = int((counts > 0).sum())
    places = {0, firing // 2, min(firing, len(order) - 1)}
    return [int(order[place]) for place in sorted(places)]


def _readout(axes: Axes, seen: Observation, readout: NDArray[Any], label: int, loss: str) -> tuple[str, float]:
    """Draw the readout of all classes, as the loss reads it; return what was decided, in words, and when, in µs."""
    winner = int(decide(torch.from_numpy(readout[None]), loss)[0])
    times = _record_times_us(seen, len(readout))
    decisive = int(readout[:, winner].argmax()) if LOSSES.get(loss).early else len(times) - 1
    others = [k for k in range(readout.shape[1]) if k not in (winner, label)]
    for k in chain(others, dict.fromkeys((label, winner))):
        colour = BLUE if k == winner else VERMILLION if k == label else PALE
        axes.plot(times, readout[:, k], color=colour, marker=_marker(seen), markersize=3.5,
                  linewidth=1.0 if k in others else 2.0)  # fmt: skip
    if LOSSES.get(loss).early:
        axes.plot(times[decisive], readout[decisive, winner], "o", color=BLUE, markersize=8, fillstyle="none")
    axes.set_ylabel("readout\n(software units)")
    axes.locator_params(axis="y", nbins=4)
    labels = [(f"class {winner}, decided", BLUE)]
    if winner != label:
        labels.append((f"class {label}, true", VERMILLION))
    side_labels(axes, [*labels, ("other classes", GREY)] if others else labels)
    judged = "correct" if winner == label else f"true class {label}"
    return f"class {winner} decided at {times[decisive]:.1f} µs, {judged}", float(times[decisive])


def _record_times_us(seen: Observation, records: int) -> NDArray[np.float64]:
    """Return when the records were taken: at the end of the last grid step of each."""
    return 1e6 * seen.grid.step_s * seen.period * np.arange(1, records + 1, dtype=np.float64)


def _marker(seen: Observation) -> str:
    """Return a dot where records are sparse."""
    return "o" if seen.period > 1 else ""
