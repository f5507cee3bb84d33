"""What the results of the experiment on BrainScaleS-1 say: tables and figures."""

from __future__ import annotations

from functools import partial
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..figures.style import BLUE, GREEN, GREY, INK, ORANGE, VERMILLION, legend
from .bss1_levels import level_tables
from .experiment import Parts, Plot, Row, Table
from .statistics import column, curve, distinct, mean, mean_std, pick

SMALL: Final = "100-15-15-5"
PUBLISHED: Final = {"software": "97", "converted": "72 +12 −10", "repaired": "95 +1 −2", "rewritten": "–"}
SHOWN: Final = {
    "software": "in software",
    "converted": "after conversion",
    "repaired": "after the loop",
    "rewritten": "after one more write, not trained",
}
PUBLISHED_IMAGES_PER_S: Final = 10_000
COLOURS: Final = (BLUE, ORANGE, GREEN, VERMILLION, GREY)


def parts(rows: list[Row]) -> Parts:
    """Published figures beside own ones, the courses of training, the curves of neurons, and what a wafer holds."""
    repairs = pick(rows, kind="repair")
    ends, exact = pick(repairs, row="end"), pick(repairs, gradient="exact")
    tables = [_accuracies(network, pick(ends, gradient="exact", network=network)) for network in _networks(ends)]
    tables.append(_gradients(ends))
    caption = (
        "Accuracy on the first test images (1,000 at full settings) after each iteration on the wafer: mean, and the "
        "range from lowest to highest repetition; the table has all test images. "
        "Diamonds: published, with their ranges. Iteration 0 is the converted network."
    )
    plots = [Plot("course", caption, 3.4, lambda figure: _course(figure, pick(exact, network=SMALL), True))]
    if len(_kinds(repairs)) > 1:
        caption = "The same with gradients that are bent: their sign alone, or with noise of n times their size."
        plots.append(Plot("gradients", caption, 3.4, lambda figure: _bent(figure, pick(repairs, network=SMALL))))
    tables += level_tables(pick(rows, kind="levels"))
    curves = pick(rows, kind="curves")
    if curves:
        tables.append(_variation(curves))
        caption = (
            "Rate of each neuron, in units of the full rate (1 MHz on the chip, 100 Hz in biological time), against "
            "its excitatory drive, for one write of the floating gates; mean and standard deviation; the straight "
            "line that the conversion uses."
        )
        plots.append(Plot("curves", caption, 3.2, lambda figure: _curves(figure, curves)))
    for network in _networks(exact):
        if network != SMALL:
            caption = f"The same for {network}, which needs several chips; nothing is published for it."
            fill = partial(_course, rows=pick(exact, network=network), published=False)
            plots.append(Plot("large", caption, 3.0, fill))
    return Parts([*tables, *_mappings(exact)], plots)


def _accuracies(network: str, own: list[Row]) -> Table:
    lines = []
    for name, shown in SHOWN.items():
        values = column(own, name)
        spread = f"{min(values):.1f} to {max(values):.1f}" if len(values) > 1 else ""
        published = PUBLISHED[name] if network == SMALL else "–"
        lines.append((f"test accuracy (%) {shown}", published, mean_std(values, 2), spread))
    speed = f"{PUBLISHED_IMAGES_PER_S:,}" if network == SMALL else "–"
    lines.append(("images/s of the wafer", speed, f"{mean(column(own, 'images_per_s')):,.0f}", ""))
    lines.append(("spikes of neurons per image", "–", mean_std(column(own, "spikes"), 0), ""))
    lines.append(("of them lost on the way to the host (%)", "–", mean_std(column(own, "path_lost_percent"), 2), ""))
    title = f"{network}, mean ± standard deviation; writes of the floating gates: {len(own)}"
    return Table(title, ("", "published", "here", "lowest to highest"), lines, _note(own))


def _note(own: list[Row]) -> str:
    """Return the conditions of some repetitions."""
    if not own:
        return ""
    iterations, end = (own[0].get(name) for name in ("iterations", "at_end"))
    images = "all test images" if end is None else f"the first {end:,} test images"
    return f"n = {len(own)} writes, {iterations} iterations, loss cross-entropy of the rates; {images} of these digits."


def _gradients(ends: list[Row]) -> Table:
    own, lines = pick(ends, network=SMALL), []
    writes = [row["write"] for row in own if row["gradient"] != "exact"]
    for kind, noise in _kinds(own):
        these = [row for row in pick(own, gradient=kind, noise=noise) if row["write"] in writes or not writes]
        before, after = (mean_std(column(these, name), 2) for name in ("converted", "repaired"))
        lines.append((_name(kind, noise), before, after, str(len(these))))
    columns = ("gradient", "before (%)", "after the loop (%)", "repetitions")
    title = f"Updates that only roughly follow the gradient, {SMALL}, on the same writes"
    note = "Test accuracy, mean ± standard deviation over repetitions, conditions as above."
    return Table(title, columns, lines, note)


def _variation(curves: list[Row]) -> Table:
    lines = []
    for activity in (0.25, 0.5, 1.0):
        spread, fresh = _spread_at(curves, activity)
        lines.append((f"{activity:g}", f"{spread:.1f}", f"{fresh:.1f}"))
    columns = ("mean activity", "between neurons (%)", "of one neuron between writes (%)")
    note = f"n = {len(distinct(curves, 'write'))} writes, {len(distinct(curves, 'neuron'))} neurons."
    return Table("Standard deviation of activation curves, relative to the mean", columns, lines, note)


def _spread_at(curves: list[Row], activity: float) -> tuple[float, float]:
    """Return the relative deviations, in percent, at the drive where the mean curve reaches `activity`."""
    drives, means, _ = curve(curves, "drive", "activity")
    drive = min(zip(drives, means, strict=True), key=lambda point: abs(point[1] - activity))[0]
    here = pick(curves, drive=drive)
    table = np.array([column(pick(here, write=write), "activity") for write in distinct(here, "write")])
    fresh = table.std(axis=0, ddof=1).mean() if len(table) > 1 else float("nan")
    return 100 * table.std(axis=1).mean() / table.mean(), 100 * float(fresh) / table.mean()


def _mappings(exact: list[Row]) -> list[Table]:
    tables = []
    for network in _networks(exact):
        chips = pick(exact, network=network, row="chip")
        first = min(column(chips, "write"), default=0)
        names = ("inputs", "neurons", "circuits", "synapses", "drivers", "lines", "defective_sites")
        own = pick(chips, write=first)
        lines = [(str(row["chip"]), *(_total([row], name) for name in names)) for row in own]
        lines.append(("all", *(_total(own, name) for name in names)))
        shown = ("inputs brought", "neurons", "circuits", "synapses", "drivers", "lines heard", "sites with a defect")
        tables.append(Table(f"{network} on the wafer", ("chip", *shown), lines))
    return tables


def _total(rows: list[Row], name: str) -> str:
    values = column(rows, name)
    return f"{sum(values):,}" if values else "–"


def _course(figure: Figure, rows: list[Row], published: bool) -> None:
    axes = figure.subplots()
    steps = pick(rows, row="iteration")
    x, middle, _ = curve(steps, "iteration", "test_accuracy")
    reached = [column(pick(steps, iteration=k), "test_accuracy") for k in x]
    axes.fill_between(x, [min(v) for v in reached], [max(v) for v in reached], color=BLUE, alpha=0.18, linewidth=0)
    axes.plot(x, middle, color=BLUE, label="in the loop, here")
    software = column(pick(rows, row="end"), "software")
    if software:
        axes.axhline(mean(software), color=GREEN, linestyle="--", label="software, here")
    if published:
        axes.errorbar([0, 40], [72, 95], [[10, 2], [12, 1]], fmt="D", color=GREY, fillstyle="none", capsize=4,
                      label="published")  # fmt: skip
    _labels(axes)
    legend(figure)


def _bent(figure: Figure, rows: list[Row]) -> None:
    axes = figure.subplots()
    for (kind, noise), colour in zip(_kinds(rows), COLOURS, strict=False):
        steps = pick(rows, row="iteration", gradient=kind, noise=noise)
        x, middle, _ = curve(steps, "iteration", "test_accuracy")
        axes.plot(x, middle, color=colour, label=_name(kind, noise))
    _labels(axes)
    legend(figure)


def _curves(figure: Figure, curves: list[Row]) -> None:
    axes, own = figure.subplots(), pick(curves, write=min(column(curves, "write")))
    for neuron in distinct(own, "neuron"):
        points = pick(own, neuron=neuron)
        axes.plot(column(points, "drive"), column(points, "activity"), color=GREY, linewidth=0.6, alpha=0.5)
    x, middle, spread = (np.array(each) for each in curve(own, "drive", "activity"))
    axes.fill_between(x, middle - spread, middle + spread, color=BLUE, alpha=0.2, linewidth=0)
    axes.plot(x, middle, color=BLUE, label="mean ± std")
    axes.plot([], [], color=GREY, linewidth=0.6, label="single neurons")
    line = np.maximum(own[0]["slope"] * (x - own[0]["rheobase"]), 0)
    axes.plot(x[line < 1.3], line[line < 1.3], color=INK, linestyle="--", label="straight line of the conversion")
    axes.set_xlabel("drive (codes · strength · activity of the sources)")
    axes.set_ylabel("rate / full rate")
    axes.set_xlim(0, x[-1])
    axes.set_ylim(bottom=0)
    legend(figure)


def _labels(axes: Axes) -> None:
    axes.set_xlabel("iteration in the loop")
    axes.set_ylabel("test accuracy (%)")
    axes.set_ylim(top=100)


def _networks(rows: list[Row]) -> list[str]:
    return sorted(distinct(rows, "network"), key=len)


def _kinds(rows: list[Row]) -> list[tuple[str, float]]:
    """Return the kinds of gradient with their noise, the exact one first."""
    return sorted({(row["gradient"], row["noise"]) for row in rows}, key=lambda kind: (kind[0] != "exact", kind[1]))


def _name(kind: str, noise: float) -> str:
    return f"noise {noise:g} times the gradient" if kind == "noisy" else {"sign": "sign only"}.get(kind, kind)
