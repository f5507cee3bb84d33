"""What the gradient has to know: variants of the estimator, and of the grid that it works on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..config import changed
from ..evaluate import evaluate
from ..figures.style import BLUE, GREEN, GREY, INK, ORANGE, VERMILLION
from .conditions import as_measured, conditions
from .drawing import line
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import column, mean, mean_std, pick, std
from .trained import configured, moved, trained

# name: estimator (see `training/estimators.py`), grid steps per CADC sample
VARIANTS: Final = {
    "measured, 4 steps": ("measured", 4),
    "measured, 1 step": ("measured", 1),
    "measured, 8 steps": ("measured", 8),
    "interpolated, 4 steps": ("interpolated", 4),
    "spikes only, 4 steps": ("spikes", 4),
    "die known, 4 steps": ("known", 4),
}
SHORT: Final = ("measured, 4 steps", "measured, 1 step", "interpolated, 4 steps", "spikes only, 4 steps")
COLOURS: Final = (BLUE, "#56B4E9", GREY, VERMILLION, ORANGE, GREEN)


def trials(settings: Settings) -> Sequence[Trial]:
    """Each variant, for each seed."""
    common = {
        "level": settings.fidelity, "epochs": 4 if settings.quick else 6, "samples": 3000 if settings.quick else None,
        "event_samples": 500 if settings.quick else 2000,
    }  # fmt: skip
    out = []
    for seed in settings.repetitions(full=3, quick=1):
        for variant in SHORT if settings.quick else VARIANTS:
            gradient, steps = VARIANTS[variant]
            parameters = {**common, "seed": seed, "variant": variant, "gradient": gradient, "steps_per_sample": steps}
            out.append(Trial(f"{gradient}-{steps}-{seed}", parameters))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train; test on the same grid, and cycle by cycle, where all variants meet the same chip.

    The second is slow, so it is the test of the first samples only; the first is repeated on these.
    """
    given = (parameters["level"], parameters["seed"], parameters["epochs"], parameters["samples"])
    changes = {"training.gradient": parameters["gradient"], "steps_per_sample": parameters["steps_per_sample"]}
    trainer, result = trained(configured("mnist-plain", *given, changes), folder / "run")
    judge = moved(trainer, changed(trainer.config, {"fidelity": "event", "steps_per_sample": 4}))
    first = trainer.problem.split("test", parameters["event_samples"])
    own, cycles = (evaluate(model, first, trainer.config.training) for model in (trainer.model, judge))
    rows = [
        {"epoch": row["epoch"], "train_loss": row["train_loss"], "train_accuracy": row["train_accuracy"]}
        for row in trainer.metrics
    ]
    accuracies = {
        "test_accuracy": result.accuracy, "first_accuracy": own.accuracy, "event_accuracy": cycles.accuracy
    }  # fmt: skip
    return [*rows, {**accuracies, **as_measured(trainer, result)}]


def parts(rows: list[Row]) -> Parts:
    """One table, and the course of training."""
    lines = []
    for variant in [name for name in VARIANTS if pick(rows, variant=name)]:
        own = pick(rows, variant=variant)
        last = max(column(own, "epoch"))
        train = column(pick(own, epoch=last), "train_accuracy")
        cells = [mean_std(column(own, f"{kind}_accuracy"), 2) for kind in ("test", "first", "event")]
        lines.append((variant, mean_std(train, 2), *cells))
    few = f"first {max(column(rows, 'event_samples'), default=0):,}"
    columns = ("what the gradient is told", "training (%)", "test, own grid (%)", f"{few}, own grid (%)",
               f"{few}, cycle by cycle (%)")  # fmt: skip
    caption = (
        "Left: training loss. Right: test accuracy at level event, where all variants meet the same chip: the grid of "
        "the gradient is at level behavioral also that of the neurons. Mean and standard deviation over seeds."
    )
    title = "Estimators, MNIST; published: measured membranes on the CADC grid (1 step)"
    note = (
        f"{conditions(rows, 'mnist-plain')}. Cycle by cycle, at level event, are only the {few} test images, which are "
        "harder than all: compare it with the own grid on the same images (–: not measured)."
    )
    table = Table(title, columns, lines, note if rows else "")
    return Parts([table], [Plot("estimators", caption, 3.8, lambda figure: _draw(figure, rows))])


def _draw(figure: Figure, rows: list[Row]) -> None:
    loss, test = figure.subplots(1, 2)
    shown = [(name, colour) for name, colour in zip(VARIANTS, COLOURS, strict=True) if pick(rows, variant=name)]
    for place, (variant, colour) in enumerate(shown):
        own = pick(rows, variant=variant)
        values = column(own, "event_accuracy")
        line(loss, own, "epoch", "train_loss", variant, colour)
        if values:
            test.errorbar(mean(values), -place, xerr=std(values), fmt="o", color=colour, capsize=3)
            test.annotate(f"{mean(values):.2f}", (mean(values), -place), (0, 6), textcoords="offset points", fontsize=8,
                          color=INK, ha="center")  # fmt: skip
    loss.set_xlabel("epoch")
    loss.xaxis.set_major_locator(MaxNLocator(integer=True))
    loss.set_ylabel("training loss (nats)")
    loss.set_yscale("log")
    test.set_xlabel("test accuracy, cycle by cycle (%)")
    test.set_yticks([-place for place in range(len(shown))], [name for name, _ in shown])
    test.margins(x=0.2, y=0.15)


EXPERIMENT: Final = Experiment(
    name="estimators",
    title="Gradient estimators: what the backward pass has to know",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, equations 2 to 5",
    question="How well does the chip learn if the gradient knows the spikes only, if it works on a finer or coarser "
    "grid with interpolated membranes, or if it knows the die?",
    cost="full: about 10 minutes on 2 cores; quick: 1 to 2 minutes",
    trials=trials,
    run=run,
    parts=parts,
)
