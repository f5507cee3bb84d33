"""How few hidden spikes an image needs: a sweep of the regulariser on bursts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from ..figures.style import BLUE, GREY, VERMILLION, legend
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import column, distinct, mean, mean_std, pick, std
from .trained import configured, trained

BURST: Final = (0.0, 0.1, 0.3, 1.0, 3.0)  # ρ_b
QUICK_BURST: Final = (0.0, 0.1, 1.0, 10.0)
EPOCHS: Final = 40
PUBLISHED_ACCURACY, PUBLISHED_SPIKES = 97.2, 20.0  # constant down to about this number of spikes (figure 3E)
PUBLISHED: Final = (("published", "20", "97.2", "constant so far"), ("published", "10", "–", "slight drop"))


def trials(settings: Settings) -> Sequence[Trial]:
    """Each strength of the regulariser, for each seed."""
    epochs, samples = (5, 6000) if settings.quick else (EPOCHS, None)
    return [
        Trial(f"burst{burst:g}-{seed}", {"level": settings.fidelity, "seed": seed, "burst": burst, "epochs": epochs,
                                         "samples": samples})
        for seed in settings.repetitions(full=3)
        for burst in (QUICK_BURST if settings.quick else BURST)
    ]  # fmt: skip


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train with one strength and test."""
    given = (parameters["level"], parameters["seed"], parameters["epochs"], parameters["samples"])
    _, result = trained(configured("mnist-plain", *given, {"training.burst": parameters["burst"]}), folder / "run")
    return [{"test_accuracy": result.accuracy, "hidden_spikes": result.hidden_spikes}]


def parts(rows: list[Row]) -> Parts:
    """Accuracy against the number of spikes."""
    free = mean(column(pick(rows, burst=0.0), "test_accuracy"))
    lines = []
    for burst in distinct(rows, "burst"):
        own = pick(rows, burst=burst)
        accuracy = column(own, "test_accuracy")
        change = "" if burst == 0 else f"{mean(accuracy) - free:+.2f}"
        lines.append((f"{burst:g}", mean_std(column(own, "hidden_spikes")), mean_std(accuracy, 2), change))
    columns = ("ρ_b", "hidden spikes per image", "test accuracy (%)", "against ρ_b = 0 (points)")
    caption = (
        "Test accuracy against hidden spikes per image, one point per strength of the regulariser, mean and standard "
        "deviation over seeds. Published: constant at 97.2 % down to about 20 spikes, slightly lower at 10."
    )
    return Parts(
        [Table("Sparsity, MNIST 16×16 without dropout and rotation", columns, [*lines, *PUBLISHED])],
        [Plot("sparsity", caption, 3.4, lambda figure: _draw(figure, rows, free))],
    )


def _draw(figure: Figure, rows: list[Row], free: float) -> None:
    axes = figure.subplots()
    points = []
    for burst in distinct(rows, "burst"):
        own = pick(rows, burst=burst)
        spikes, accuracy = column(own, "hidden_spikes"), column(own, "test_accuracy")
        points.append((mean(spikes), mean(accuracy)))
        axes.errorbar(*points[-1], std(accuracy), std(spikes), fmt="o", color=BLUE, capsize=3)
        axes.annotate(f"{burst:g}", points[-1], (5, -11), textcoords="offset points", fontsize=8)
    if points:
        axes.plot(*zip(*points, strict=True), color=BLUE, linewidth=1.0, label="here, for each ρ$_b$")
    if free == free:  # there are results without the regulariser
        axes.axhspan(free - 0.2, free, color=BLUE, alpha=0.12, label="within 0.2 points of ρ$_b$ = 0")
    axes.plot(PUBLISHED_SPIKES, PUBLISHED_ACCURACY, "D", color=GREY, fillstyle="none", label="published")
    axes.axvline(10, color=VERMILLION, linestyle=":", label="10 spikes")
    axes.set_xscale("log")
    axes.set_xlabel("hidden spikes per image")
    axes.set_ylabel("test accuracy (%)")
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="sparsity",
    title="Sparsity: how few hidden spikes are enough",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, figure 3E",
    question="How does the accuracy depend on the number of hidden spikes per image, when training penalises "
    "bursts by ρ_b · mean over neurons of (spike count)²?",
    cost="full: about 40 minutes on 2 cores; quick: 1 minute",
    trials=trials,
    run=run,
    parts=parts,
)
