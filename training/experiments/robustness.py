"""What a trained network bears: silent neurons, more temporal noise, another die; and how fast it is repaired."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from ...behavioral.events import SpikeBatch
from ...behavioral.numerics.streams import generator
from ..config import changed
from ..evaluate import evaluate
from ..figures.style import BLUE, ORANGE, VERMILLION
from ..loop import Trainer
from ..problem import Encoded, Problem
from ..run_folder import RunFolder
from .conditions import conditions
from .drawing import level, line
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import column, distinct, mean, mean_std, pick
from .trained import configured, moved, trained

DROPOUT: Final = 0.4  # as published
SILENCED: Final = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
PUBLISHED_SILENCED, PUBLISHED_INCREASE = 0.15, {0.0: "37 %", DROPOUT: "10 %"}
NOISE: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)  # factors on the typical temporal noise
TRAINED_NOISE: Final = 8.0
STEPS: Final = (0, 10, 30, 100, 300, 600)  # in the loop, on another die
REPAIR_RATE: Final = 1e-3
OTHER_DIE: Final = 1000  # seeds of the other dies begin here


def trials(settings: Settings) -> Sequence[Trial]:
    """A plain network, one with dropout, and one trained with more noise; the plain one moves to other dies."""
    out = []
    for seed in settings.repetitions(full=3, quick=1):
        common = {
            "level": settings.fidelity, "seed": seed, "epochs": 5 if settings.quick else 12,
            "samples": 6000 if settings.quick else None, "test_samples": 2000 if settings.quick else 10000,
            "draws": 2 if settings.quick else 3,
        }  # fmt: skip
        for name, dropout, factor in (("plain", 0.0, 1.0), ("dropout", DROPOUT, 1.0), ("noise", 0.0, TRAINED_NOISE)):
            dies = (2 if settings.quick else 3) if name == "plain" else 0
            parameters = {**common, "network": name, "dropout": dropout, "trained_noise": factor, "other_dies": dies}
            out.append(Trial(f"{name}-{seed}", parameters))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train once, then try everything."""
    given = (parameters["level"], parameters["seed"], parameters["epochs"], parameters["samples"])
    changes = {"training.dropout": parameters["dropout"], "chip.noise_factor": parameters["trained_noise"]}
    trainer, _ = trained(configured("mnist-plain", *given, changes), folder / "run")
    test = trainer.problem.split("test", parameters["test_samples"])
    noted = {"loss": trainer.config.training.loss, "tested": test.spikes.samples}
    rows = _silenced(trainer, test, parameters["draws"]) if parameters["trained_noise"] == 1 else []
    if parameters["dropout"] == 0:
        rows += _noisy(trainer, test)
    for die in range(parameters["other_dies"]):
        rows += _repaired(trainer, test, OTHER_DIE + 10 * parameters["seed"] + die, folder / f"die{die}")
    return [{**row, **noted} for row in rows]


def _silenced(trainer: Trainer, test: Encoded, draws: int) -> list[Row]:
    """Silence random hidden neurons; more of the same for larger fractions."""
    (hidden,), rows = trainer.model.network.topology.hidden, []
    for draw in range(draws):
        rank = generator(trainer.config.seed, "silenced", draw).permutation(hidden)
        for fraction in SILENCED:
            held = (rank < round(fraction * hidden),)
            found = evaluate(trainer.model, test, trainer.config.training, silenced=held)
            rows.append({"measure": "silenced", "x": fraction, "draw": draw, "test_accuracy": found.accuracy})
    return rows


def _noisy(trainer: Trainer, test: Encoded) -> list[Row]:
    """Test with more or less temporal noise than in training."""
    rows = []
    for factor in NOISE:
        config = changed(trainer.config, {"chip.noise_factor": factor})
        accuracy = evaluate(moved(trainer, config), test, config.training).accuracy
        rows.append({"measure": "noise", "x": factor, "test_accuracy": accuracy})
    return rows


def _repaired(trainer: Trainer, test: Encoded, die: int, folder: Path) -> list[Row]:
    """Move to another die, and train there for some steps of one batch."""
    config = changed(trainer.config, {"die": die})
    model = moved(trainer, config)
    again = Trainer(config, trainer.problem, model, RunFolder(folder))  # leaves no checkpoint: steps are few
    rows = [{"measure": "repair", "die": die, "x": 0, "test_accuracy": evaluate(model, test, config.training).accuracy}]
    model.train()
    batches = _batches(trainer.problem, config.training.batch, STEPS[-1])
    for done, wanted in pairwise(STEPS):
        for spikes, labels in batches[done:wanted]:
            again.step(spikes, labels, REPAIR_RATE)
        accuracy = evaluate(model, test, config.training).accuracy
        rows.append({"measure": "repair", "die": die, "x": wanted, "test_accuracy": accuracy})
    return rows


def _batches(problem: Problem, size: int, count: int) -> list[tuple[SpikeBatch, Tensor]]:
    """Return spikes and labels of the first batches, over several epochs if there are few samples."""
    epochs = -(-count * size // problem.samples)
    order = np.concatenate([problem.order(epoch) for epoch in range(epochs)])[: count * size]
    spikes = problem.train_spikes(0)
    return [(spikes.select(index), problem.train_labels[index]) for index in np.array_split(order, count)]


def parts(rows: list[Row]) -> Parts:
    """Three tables, one figure with three panels."""
    captions = (
        "Left: hidden neurons silenced at random, with and without dropout of 40 % in training. Middle: temporal "
        "noise in the test, as a factor on the typical one, for networks trained with different noise. Right: a "
        "network moved to other uncalibrated dies, then trained there in the loop for some steps of 100 images. Mean "
        "and standard deviation over seeds, choices of neurons, and dies."
    )
    return Parts(
        [_silenced_table(rows), _noise_table(rows), _repair_table(rows)],
        [Plot("robustness", captions, 3.4, lambda figure: _draw(figure, rows))],
    )


def _silenced_table(rows: list[Row]) -> Table:
    lines = []
    for dropout, known in PUBLISHED_INCREASE.items():
        own = pick(rows, measure="silenced", dropout=dropout)
        errors = [
            [_error(pick(own, seed=seed, x=x)) for x in (0.0, PUBLISHED_SILENCED)] for seed in distinct(own, "seed")
        ]
        cells = [mean_std([each[k] for each in errors], 2) for k in (0, 1)]
        increase = mean_std([100 * (silenced / whole - 1) for whole, silenced in errors], 0)
        lines.append((f"{100 * dropout:.0f} %", *cells, increase, known))
    columns = ("dropout", "test error (%)", "with 15 % silenced (%)", "increase (%)", "increase, published")
    note = _note(rows, "silenced", f"for each the mean of {len(distinct(rows, 'draw'))} choices of neurons")
    return Table("Hidden neurons silenced", columns, lines, note)


def _error(rows: list[Row]) -> float:
    return 100 - mean(column(rows, "test_accuracy"))


def _note(rows: list[Row], measure: str, more: str = "") -> str:
    """Return the conditions of a measure; it is the test of as many samples as the parameters say."""
    own = pick(rows, measure=measure)
    tested = {"tested": distinct(own, "test_samples")[-1]} if column(own, "test_samples") else {}
    return ", ".join(each for each in (conditions(own, "mnist-plain", **tested), more) if each) if own else ""


def _noise_table(rows: list[Row]) -> Table:
    own = pick(rows, measure="noise")
    factors = distinct(own, "trained_noise")
    lines = [
        (f"{x:g}", *(mean_std(column(pick(own, x=x, trained_noise=f), "test_accuracy"), 2) for f in factors))
        for x in distinct(own, "x")
    ]
    columns = ("noise in the test", *(f"trained with noise {f:g}" for f in factors))
    title = "Temporal noise, as a factor on the typical one: test accuracy (%)"
    return Table(title, columns, lines, _note(rows, "noise"))


def _repair_table(rows: list[Row]) -> Table:
    own = pick(rows, measure="repair")
    home = pick(rows, measure="silenced", network="plain", x=0.0, draw=0)
    lines = [("on its own die", mean_std(column(home, "test_accuracy"), 2))] if home else []
    lines += [(f"{x:g}", mean_std(column(pick(own, x=x), "test_accuracy"), 2)) for x in distinct(own, "x")]
    note = _note(rows, "repair", f"together moved to {len(distinct(own, 'die'))} other dies, over which ± goes there")
    return Table("Moved to other dies", ("steps in the loop there", "test accuracy (%)"), lines, note)


def _draw(figure: Figure, rows: list[Row]) -> None:
    silenced, noise, repair = figure.subplots(1, 3)
    for dropout, colour in ((0.0, BLUE), (DROPOUT, ORANGE)):
        own = pick(rows, measure="silenced", dropout=dropout)
        line(silenced, own, "x", "test_accuracy", f"dropout {100 * dropout:.0f} %", colour, 100)
    own = pick(rows, measure="noise")
    for factor, colour in zip(distinct(own, "trained_noise"), (BLUE, VERMILLION), strict=False):
        line(noise, pick(own, trained_noise=factor), "x", "test_accuracy", f"trained with noise × {factor:g}", colour)
    line(repair, pick(rows, measure="repair"), "x", "test_accuracy", "other dies", VERMILLION)
    if home := column(pick(rows, measure="silenced", network="plain", x=0.0), "test_accuracy"):
        level(repair, mean(home), "its own die")
    silenced.set_ylabel("test accuracy (%)")
    _axes(silenced, "hidden neurons silenced (%)")
    _axes(noise, "factor on temporal noise", NOISE, 1)
    _axes(repair, "steps in the loop there", (0, 10, 30, 100, 600), 10)


def _axes(axes: Axes, x: str, ticks: Sequence[float] = (), linear_to: float = 0) -> None:
    """Label an axis; with ticks make it logarithmic beyond `linear_to`."""
    axes.set_xlabel(x)
    if ticks:
        axes.set_xscale("symlog", linthresh=linear_to)
        axes.set_xlim(-0.1 * linear_to, 1.3 * max(ticks))
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
    if axes.get_legend_handles_labels()[1]:
        axes.legend(loc="lower right" if linear_to > 1 else "lower left")


EXPERIMENT: Final = Experiment(
    name="robustness",
    title="Robustness: silent neurons, noise, other dies",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, figure 4C (silenced neurons)",
    question="What do silenced hidden neurons, more temporal noise, and a move to another uncalibrated die cost, and "
    "how many steps in the loop repair the last? Noise and other dies have no published counterpart.",
    cost="full: about 6 minutes on 2 cores; quick: 1 minute",
    trials=trials,
    run=run,
    parts=parts,
)
