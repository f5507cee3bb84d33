"""What a design decision costs in trained accuracy: sweeps over fields of the chip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from ...behavioral.bss2.spec import chip_spec
from ..config import changed
from ..evaluate import evaluate
from ..figures.style import BLUE, ORANGE, PALE, legend
from ..loop import Trainer
from ..problem import Problem
from .conditions import as_measured, conditions
from .drawing import line
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import column, distinct, mean_std, pick
from .trained import STEP_CYCLES, configured, moved, run_of, trained

_SPEC: Final = chip_spec("bss2")


@dataclass(frozen=True)
class Sweep:
    """One question. label: of the axis. present: the value that the chip has.

    digital: an effect of the digital spike path, so the network is trained and tested at a level that has it.
    """

    title: str
    label: str
    values: tuple[float, ...]
    quick: tuple[float, ...]
    present: float
    digital: bool = False


SWEEPS: Final = {
    "weight_bits": Sweep("weight resolution", "bits, besides the sign", (1, 2, 3, 4, 6, 8), (2, 6), _SPEC.weight_bits),
    "cadc_bits": Sweep("CADC resolution", "bits", (2, 3, 4, 6, 8), (3, 8), _SPEC.cadc_bits),
    "cadc_period_us": Sweep(
        "CADC period", "µs", (0.832, 1.664, 3.328, 6.656), (1.664, 6.656), 1e6 * _SPEC.cadc_period_s
    ),
    "cadc_shift_us": Sweep("CADC shift", "µs late", (-5.0, -2.5, -1.0, 0.0, 1.0), (-5.0, 0.0), 0.0),
    "cadc_jitter_us": Sweep("CADC jitter", "σ per sample (µs)", (0.0, 0.5, 1.0, 2.0), (0.0, 2.0), 0.0),
    "mismatch": Sweep("mismatch", "× spreads of the chip", (0.0, 0.5, 1.0, 2.0), (0.0, 1.0), 1.0),
    "clock_mhz": Sweep(
        "clock of the event path", "MHz", (2.5, 5, 12.5, 25, 125), (5, 125), 1e-6 * _SPEC.clock_hz, digital=True
    ),
    "link_channels": Sweep("links from the host", "links", (1, 2, 4), (1, 4), _SPEC.link_channels, digital=True),
}


def changes_of(x: str, value: float) -> dict[str, Any]:
    """Return the fields of the configuration that a value of the swept quantity stands for.

    Range of weights and CADC period stay where bits and clock are swept: their fields follow (see `ChipSpec`).
    """
    if x == "cadc_period_us":  # the grid stays
        cycles = round(1e-6 * value * _SPEC.clock_hz)
        return {"chip.fields.cadc_period_cycles": cycles, "steps_per_sample": cycles // STEP_CYCLES}
    if x.endswith("_us"):
        return {f"chip.fields.{x.removesuffix('_us')}_s": 1e-6 * value}
    if x == "mismatch":  # all spreads of the uncalibrated chip, times the value
        return {"chip.spread_factor": value}
    if x == "clock_mhz":  # slow clocks leave no more than four steps of whole cycles
        return {"chip.fields.clock_hz": 1e6 * value, "steps_per_sample": 4}
    return {f"chip.fields.{x}": int(value)}


def trials(settings: Settings) -> Sequence[Trial]:
    """Each value of each sweep, for each seed."""
    out = []
    for seed in settings.repetitions(full=2, quick=1):
        for name, sweep in SWEEPS.items():
            for value in sweep.quick if settings.quick else sweep.values:
                level = "event" if sweep.digital and settings.fidelity == "behavioral" else settings.fidelity
                parameters = {"sweep": name, "value": value, "level": level, "seed": seed}
                if sweep.digital:
                    parameters |= {"epochs": 10 if settings.quick else 40, "samples": None,
                                   "repair_samples": 500 if settings.quick else 5000,
                                   "test_samples": 200 if settings.quick else 1000}  # fmt: skip
                else:
                    parameters |= {"epochs": 4 if settings.quick else 5, "samples": 3000 if settings.quick else None}
                out.append(Trial(f"{name}-{value:g}-{seed}", parameters))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train on that chip and test."""
    given = (parameters["seed"], parameters["epochs"], parameters["samples"])
    changes = changes_of(parameters["sweep"], parameters["value"])
    if not SWEEPS[parameters["sweep"]].digital:
        trainer, result = trained(configured("mnist-plain", parameters["level"], *given, changes), folder / "run")
        return [{"test_accuracy": result.accuracy, **as_measured(trainer, result)}]
    return _through_the_digital_path(parameters, changes, folder)


def _through_the_digital_path(parameters: Row, changes: dict[str, Any], folder: Path) -> list[Row]:
    """Yin-yang, whose inputs come five at a time: trained without the digital path, then one epoch with it."""
    given = (parameters["seed"], parameters["epochs"], parameters["samples"])
    without, _ = trained(configured("yin-yang", "behavioral", *given, changes), folder / "run")
    config = changed(without.config, {
        "fidelity": parameters["level"], "training.epochs": 1, "training.samples": parameters["repair_samples"],
        "training.learning_rate": 2e-3, "training.keep": "last",
    })  # fmt: skip
    model = moved(without, config)
    test = without.problem.split("test", parameters["test_samples"])
    before = evaluate(model, test, config.training)
    again = Trainer(config, Problem(config), model, run_of(config, folder / "again"))
    again.fit()
    after = evaluate(model, test, config.training)
    lost = {name: before.counters[name] / before.samples for name in ("late", "dropped", "lost")}
    reference = evaluate(without.model, test, config.training).accuracy
    accuracies = {"test_accuracy": after.accuracy, "moved_accuracy": before.accuracy, "without_path": reference}
    return [{**accuracies, **lost, **as_measured(again, after)}]


def parts(rows: list[Row]) -> Parts:
    """One table per sweep, one figure with a panel each."""
    tables = [_table(rows, name, sweep) for name, sweep in SWEEPS.items() if pick(rows, sweep=name)]
    caption = (
        "Test accuracy after training on a chip with the changed field; vertical line: the value of the chip. All "
        "but the last two: MNIST, level behavioral. Clock and links: yin-yang, whose inputs come five at a time, level "
        "event; trained without the digital path and moved onto it, and after one more epoch in the loop on it. Mean "
        "and standard deviation over seeds, each another die."
    )
    return Parts(tables, [Plot("design", caption, 5.6, lambda figure: _draw(figure, rows))])


def _table(rows: list[Row], name: str, sweep: Sweep) -> Table:
    own, lines = pick(rows, sweep=name), []
    for value in distinct(own, "value"):
        at = pick(own, value=value)
        cells = [f"{value:g}", mean_std(column(at, "test_accuracy"), 2)]
        if sweep.digital:
            cells += [mean_std(column(at, key), 2) for key in ("moved_accuracy", "without_path")]
            cells += [mean_std(column(at, key)) for key in ("late", "dropped", "lost")]
        lines.append(tuple(cells))
    columns = [name, "test accuracy (%)"]
    if sweep.digital:
        columns += ["before training on it (%)", "without the digital path (%)"]
        columns += ["late events", "dropped events", "lost spikes"]
    unit = "per sample, yin-yang" if sweep.digital else "MNIST"
    return Table(f"{sweep.title} ({unit})", tuple(columns), lines, _note(own, sweep))


def _note(own: list[Row], sweep: Sweep) -> str:
    """Return the conditions of a sweep."""
    preset = "yin-yang" if sweep.digital else "mnist-plain"
    tested = {"tested": distinct(own, "test_samples")[-1]} if column(own, "test_samples") else {}
    words = conditions(own, preset, **tested)
    if sweep.digital:
        more = max(column(own, "repair_samples"))
        return f"{words}; then one epoch of {more:,} samples on it. Accuracies in %, events and spikes per sample."
    return f"{words}."


def _draw(figure: Figure, rows: list[Row]) -> None:
    for axes, (name, sweep) in zip(figure.subplots(2, 4).flat, SWEEPS.items(), strict=True):
        own = pick(rows, sweep=name)
        if not own:  # not run yet
            axes.set_axis_off()
            continue
        line(axes, own, "value", "test_accuracy", "trained on it", BLUE)
        if sweep.digital:
            line(axes, own, "value", "moved_accuracy", "moved onto it", ORANGE)
        axes.axvline(sweep.present, color=PALE, linestyle="--", linewidth=1.0)
        if name == "clock_mhz":
            axes.set_xscale("log")
        axes.set_title(sweep.title)
        axes.set_xlabel(sweep.label)
    figure.supylabel("test accuracy (%)", fontsize=10)
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="design",
    title="Design questions: resolution, sampling, mismatch, capacity",
    source="no publication: questions that need a model whose design can be changed",
    question="What does trained accuracy say about the number of weight and CADC bits, the CADC period, the mismatch, "
    "and the capacity of the event path?",
    cost="full: about 16 minutes on 2 cores; quick: 2 minutes",
    trials=trials,
    run=run,
    parts=parts,
)
