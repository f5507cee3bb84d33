"""How few hidden spikes an image needs: a sweep of the regulariser on bursts.

A network is trained without the regulariser, as its preset says: what it reaches is what sparsity may cost. From there
it is trained on with each strength ρ_b, and with settings that suit few spikes: a higher synaptic gain of the readout,
which few spikes reach; a steeper surrogate, so that the regulariser acts on membranes near the threshold. Trained with
them from the start, activity can explode before the regulariser holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from ..evaluate import Evaluation
from ..figures.style import BLUE, GREEN, GREY, VERMILLION, legend
from ..loop import Trainer
from .conditions import as_measured, conditions
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import change, column, distinct, mean, mean_std, paired, pick, std
from .trained import configured, trained, trained_from

BURST: Final = (0.2, 0.5, 1.5)  # ρ_b
QUICK_BURST: Final = (0.5,)
SPARSE: Final = {"chip.fields.readout_gain": 0.5, "training.slope": 20.0, "training.learning_rate": 4e-3}
EPOCHS: Final = {"mnist": (40, 30), "mnist-plain": (15, 15)}  # without the regulariser, and then with it
QUICK_EPOCHS: Final = (5, 3)
COLOURS: Final = {"mnist": GREEN, "mnist-plain": BLUE}
NAMES: Final = {"mnist": "dropout and rotation", "mnist-plain": "plain"}
PUBLISHED_ACCURACY, PUBLISHED_SPIKES = 97.2, 20.0  # constant down to about this number of spikes (figure 3E)
PUBLISHED: Final = (
    ("published, plain", "", "20", "–", "97.2", "constant so far"),
    ("published, plain", "", "10", "–", "–", "slight drop"),
)


def trials(settings: Settings) -> Sequence[Trial]:
    """One network with, and one without augmentation for each seed, each with all strengths of the regulariser."""
    out = []
    for seed in settings.repetitions(full=2, quick=1):
        for preset, full in EPOCHS.items():
            free, held = QUICK_EPOCHS if settings.quick else full
            parameters = {
                "preset": preset, "level": settings.fidelity, "seed": seed, "epochs": free, "sparse_epochs": held,
                "samples": 6000 if settings.quick else None,
                "strengths": " ".join(f"{burst:g}" for burst in (QUICK_BURST if settings.quick else BURST)),
            }  # fmt: skip
            out.append(Trial(f"{preset}-{seed}", parameters))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train without the regulariser, then on with each strength, and test."""
    preset, given = parameters["preset"], (parameters["level"], parameters["seed"])
    samples, free = parameters["samples"], {"training.burst": 0.0}
    trainer, result = trained(configured(preset, *given, parameters["epochs"], samples, free), folder / "free")
    rows = [_row(0.0, trainer, result)]
    for burst in map(float, parameters["strengths"].split()):
        changes = {**SPARSE, "training.burst": burst}
        config = configured(preset, *given, parameters["sparse_epochs"], samples, changes)
        rows.append(_row(burst, *trained_from(config, folder / f"burst{burst:g}", trainer.model.network)))
    return rows


def _row(burst: float, trainer: Trainer, result: Evaluation) -> Row:
    train = trainer.metrics[-1]["train_accuracy"]
    return {
        "burst": burst, "test_accuracy": result.accuracy, "hidden_spikes": result.hidden_spikes,
        "train_accuracy": train, **as_measured(trainer, result),
    }  # fmt: skip


def parts(rows: list[Row]) -> Parts:
    """Accuracy against the number of spikes."""
    lines = []
    for preset in EPOCHS:
        free = pick(rows, preset=preset, burst=0.0)
        for burst in distinct(pick(rows, preset=preset), "burst"):
            own = pick(rows, preset=preset, burst=burst)
            accuracy = column(own, "test_accuracy")
            against = change(paired(own, free, "test_accuracy")) if burst else ""
            train = mean_std(column(own, "train_accuracy"))
            spikes = mean_std(column(own, "hidden_spikes"))
            lines.append((NAMES[preset], f"{burst:g}", spikes, train, mean_std(accuracy, 2), against))
    columns = ("MNIST 16×16", "ρ_b", "hidden spikes per image", "training (%)", "test (%)", "against ρ_b = 0 (points)")
    caption = (
        "Test accuracy against hidden spikes per image, one point per strength of the regulariser, mean and standard "
        "deviation over seeds. Without the regulariser (0) the network is trained as in its preset; from there it is "
        "trained on with a readout gain of 0.5 instead of 0.15 and a surrogate of steepness 20 instead of 10. "
        "Published, plain: constant at 97.2 % down to about 20 spikes, slightly lower at 10. Bands: within 0.2 points "
        "of the accuracy without regulariser."
    )
    return Parts(
        [Table("Sparsity", columns, [*lines, *PUBLISHED], _note(rows))],
        [Plot("sparsity", caption, 3.4, lambda figure: _draw(figure, rows))],
    )


def _note(rows: list[Row]) -> str:
    """Conditions of both networks; epochs with the regulariser come on top of those without."""
    notes = []
    for preset, name in NAMES.items():
        own = pick(rows, preset=preset)
        more = " + ".join(str(value) for value in distinct(own, "sparse_epochs"))
        notes += [f"{name}: {conditions(own, preset)}, then {more} with ρ_b."] if own else []
    return " ".join([*notes, "Points: differences of the same seed, mean ± standard deviation."]) if notes else ""


def _free(rows: list[Row], preset: str) -> float:
    """Return the accuracy without regulariser; NaN if there is none."""
    return mean(column(pick(rows, preset=preset, burst=0.0), "test_accuracy"))


def _draw(figure: Figure, rows: list[Row]) -> None:
    axes = figure.subplots()
    for preset, colour in COLOURS.items():
        points, free = [], _free(rows, preset)
        for burst in distinct(pick(rows, preset=preset), "burst"):
            own = pick(rows, preset=preset, burst=burst)
            spikes, accuracy = column(own, "hidden_spikes"), column(own, "test_accuracy")
            points.append((mean(spikes), mean(accuracy)))
            axes.errorbar(*points[-1], std(accuracy), std(spikes), fmt="o", color=colour, capsize=3)
            axes.annotate(f"{burst:g}", points[-1], (-18, 5), textcoords="offset points", fontsize=8)
        if points:
            axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.0, label=f"{NAMES[preset]}, for each ρ$_b$")
        if free == free:
            axes.axhspan(free - 0.2, free, color=colour, alpha=0.12)
    axes.plot(PUBLISHED_SPIKES, PUBLISHED_ACCURACY, "D", color=GREY, fillstyle="none", label="published, plain")
    axes.margins(y=0.12)  # room for the numbers above the points
    axes.axvline(10, color=VERMILLION, linestyle=":", label="10 spikes")
    axes.set_xscale("log")
    axes.set_xticks(ticks := (10, 20, 50, 100, 200), [str(tick) for tick in ticks])
    axes.set_xlabel("hidden spikes per image")
    axes.set_ylabel("test accuracy (%)")
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="sparsity",
    title="Sparsity: how few hidden spikes are enough",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, figure 3E",
    question="How does the accuracy depend on the number of hidden spikes per image, when training penalises "
    "bursts by ρ_b · mean over neurons of (spike count)²?",
    cost="full: about 15 minutes on 2 cores; quick: 1 to 2 minutes",
    trials=trials,
    run=run,
    parts=parts,
)
