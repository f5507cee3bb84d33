"""How much mismatch training in the loop corrects: spreads imposed on a calibrated chip.

Three ways to a network for a chip with imposed deviations: trained in the loop; trained in software and transferred;
trained in the loop with a gradient that knows the die, which bounds what knowledge of the mismatch could bring.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from matplotlib.figure import Figure

from ..config import changed
from ..evaluate import evaluate
from ..figures.style import BLUE, GREEN, VERMILLION, legend
from .conditions import as_measured, conditions
from .drawing import line
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import change, column, distinct, mean_std, paired, pick
from .trained import configured, moved, trained

LOOP, TRANSFER, KNOWN = "in the loop", "transfer", "in the loop, die known"
KINDS: Final = {
    "tau_mem": ("tau_mem",), "tau_syn": ("tau_syn",), "threshold": ("threshold",),
    "all": ("tau_mem", "tau_syn", "threshold"),
}  # fmt: skip
TITLES: Final = {"tau_mem": "τ$_{mem}$", "tau_syn": "τ$_{syn}$", "threshold": "threshold", "all": "all three"}
COLOURS: Final = {LOOP: BLUE, TRANSFER: VERMILLION, KNOWN: GREEN}
SIGMAS: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5)
LARGE_SIGMAS: Final = (0.3, 0.5)  # of each kind alone, where its effect shows
QUICK_SIGMAS: Final = (0.0, *LARGE_SIGMAS)
KNOWN_SIGMAS: Final = (0.5,)  # the graph that knows the die is slower, by a factor of five
EPOCHS, QUICK_EPOCHS, QUICK_SAMPLES = 8, 4, 5000


def trials(settings: Settings) -> Sequence[Trial]:
    """In the loop for all kinds jointly and each alone; one training in software, tested on all; known for all."""
    sigmas = QUICK_SIGMAS if settings.quick else SIGMAS
    out = []
    for seed in settings.repetitions(full=3, quick=1):
        common = {
            "level": settings.fidelity, "seed": seed, "epochs": QUICK_EPOCHS if settings.quick else EPOCHS,
            "samples": QUICK_SAMPLES if settings.quick else None,
        }  # fmt: skip
        out.append(Trial(f"transfer-{seed}", {**common, "method": TRANSFER}))
        wanted = [(LOOP, kind, sigma) for kind in KINDS for sigma in (sigmas if kind == "all" else LARGE_SIGMAS)]
        wanted += [(KNOWN, "all", sigma) for sigma in KNOWN_SIGMAS]
        for method, kind, sigma in wanted:
            name = f"{method.replace(',', '').replace(' ', '-')}-{kind}-{sigma:g}-{seed}"
            out.append(Trial(name, {**common, "method": method, "kind": kind, "sigma": sigma}))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train on one die and test, or train in software and test on all dies."""
    level, software = parameters["level"], parameters["method"] == TRANSFER
    given = (parameters["seed"], parameters["epochs"], parameters["samples"])
    if not software:
        gradient = "known" if parameters["method"] == KNOWN else "measured"
        changes = {**_spread(parameters["kind"], parameters["sigma"]), "training.gradient": gradient}
        trainer, result = trained(configured("mnist-plain", level, *given, changes), folder / "run")
        train = trainer.metrics[-1]["train_accuracy"]
        return [{"test_accuracy": result.accuracy, "train_accuracy": train, **as_measured(trainer, result)}]
    trainer, result = trained(configured("mnist-plain", "ideal", *given, _spread("all", 0.0)), folder / "run")
    test, noted = trainer.problem.split("test"), as_measured(trainer, result)
    rows = [{"kind": "software", "sigma": 0.0, "test_accuracy": result.accuracy, **noted}]
    for kind in KINDS:
        for sigma in [each for each in SIGMAS if each or kind == "all"]:
            config = changed(trainer.config, {"fidelity": level, **_spread(kind, sigma)})
            accuracy = evaluate(moved(trainer, config), test, config.training).accuracy
            rows.append({"kind": kind, "sigma": sigma, "test_accuracy": accuracy, **noted})
    return rows


def _spread(kind: str, sigma: float) -> dict[str, Any]:
    """Return the changes that make a calibrated die with imposed deviations."""
    return {"chip.calibration": "calibrated", **{f"chip.imposed.{name}": sigma for name in KINDS[kind]}}


def parts(rows: list[Row]) -> Parts:
    """Accuracy against the imposed spread, for each kind."""
    tables = []
    for kind in KINDS:
        lines = [_line(_of_kind(rows, kind), sigma) for sigma in distinct(_of_kind(rows, kind), "sigma")]
        title = f"Imposed on {', '.join(KINDS[kind])}: test accuracy (%)"
        columns = ("σ", LOOP, "against σ = 0 (points)", "transfer from software", "in the loop, mismatch known")
        tables.append(Table(title, columns, lines, _note(_of_kind(rows, kind))))
    software = mean_std(column(pick(rows, kind="software"), "test_accuracy"), 2)
    caption = (
        "Test accuracy against the relative spread imposed on a calibrated chip, mean and standard deviation over "
        f"seeds. Software itself: {software} %. Published, as a figure without numbers: in the loop hardly affected up "
        "to σ = 30 %, test accuracy unaffected but at the highest σ; transfer loses at once, and dramatically with σ. "
        "The lower row enlarges what was trained in the loop."
    )
    return Parts(tables, [Plot("self-correction", caption, 5.0, lambda figure: _draw(figure, rows))])


def _note(rows: list[Row]) -> str:
    words = conditions(rows, "mnist-plain")
    return f"{words}, for each value. Points: differences of the same seed." if words else ""


def _of_kind(rows: list[Row], kind: str) -> list[Row]:
    """Return the rows of a kind; σ = 0 belongs to all."""
    return [row for row in rows if row["kind"] == kind or (row["kind"] == "all" and row["sigma"] == 0)]


def _line(rows: list[Row], sigma: float) -> tuple[str, ...]:
    own = {method: column(pick(rows, method=method, sigma=sigma), "test_accuracy") for method in COLOURS}
    here, without = (pick(rows, method=LOOP, sigma=each) for each in (sigma, 0.0))
    text = change(paired(here, without, "test_accuracy")) if sigma else ""
    return (f"{100 * sigma:.0f} %", mean_std(own[LOOP], 2), text, mean_std(own[TRANSFER]), mean_std(own[KNOWN], 2))


def _draw(figure: Figure, rows: list[Row]) -> None:
    """Draw all in the upper row, and what was trained in the loop enlarged in the lower one."""
    cells = figure.subplots(2, len(KINDS), sharex=True, sharey="row")
    for shown, (row, methods) in enumerate(zip(cells, (tuple(COLOURS), (LOOP, KNOWN)), strict=True)):
        for axes, kind in zip(row, KINDS, strict=True):
            for method in methods:
                own = pick(_of_kind(rows, kind), method=method)
                line(axes, own, "sigma", "test_accuracy", method, COLOURS[method], 100)
            axes.set_title("" if shown else TITLES[kind])
        row[0].set_ylabel("test accuracy (%)")
    for axes in cells[1]:
        axes.set_xlabel("imposed σ (%)")
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="self-correction",
    title="Self-correction: imposed mismatch, in the loop and by transfer",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, figure 4",
    question="How much spread of membrane and synaptic time constants and of the threshold distance does training in "
    "the loop correct, compared with weights that were trained in software, and with a gradient that knows the die?",
    cost="full: about 20 minutes on 2 cores; quick: 1 to 2 minutes",
    trials=trials,
    run=run,
    parts=parts,
)
