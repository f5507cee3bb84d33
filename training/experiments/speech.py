"""Spoken digits: recurrent networks in the loop and in software, against fixed recurrent weights and none."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from ..config import changed, load_config
from ..datasets.store import status
from ..evaluate import Evaluation, evaluate
from ..figures.style import BLUE, GREEN, GREY, ORANGE, legend
from ..loop import Trainer
from .conditions import as_measured, conditions
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import column, mean, mean_std, pick, std
from .trained import configured, moved, trained, trained_with_recurrent

CHIP, SOFTWARE, TRANSFER = "chip", "software", "transfer"
SHOWN: Final = {CHIP: "in the loop", SOFTWARE: "software SNN", TRANSFER: "software weights on the chip"}
COLOURS: Final = {CHIP: BLUE, SOFTWARE: GREEN, TRANSFER: ORANGE}
RECURRENT, SHUFFLED, FORWARD = "recurrent", "fixed recurrent", "feed-forward"
NETWORKS: Final = (RECURRENT, SHUFFLED, FORWARD)
NAMES: Final = {"fsdd": "Free Spoken Digits", "shd": "Spiking Heidelberg Digits"}

# Test accuracy in percent, Cramer et al., table 1 (with augmentation) and text; the other cells were not published.
PUBLISHED: Final = {
    ("shd", CHIP, RECURRENT): "80.6 ± 1.0",
    ("shd", SOFTWARE, RECURRENT): "79.9 ± 0.7",
    ("shd", CHIP, SHUFFLED): "64.3 ± 2.3",
}
QUICK_EPOCHS: Final = 10
QUICK_SAMPLES: Final = 1500


def trials(settings: Settings) -> Sequence[Trial]:
    """List each data set whose files are there, on the chip and in software, with and without recurrent weights."""
    out = []
    for preset in NAMES:
        if any(file.state == "missing" for file in status(preset)) and preset != "fsdd":
            continue  # without its recordings the main one must fail and say so
        epochs = load_config(preset).training.epochs
        for seed in settings.repetitions(full=3, quick=1):
            for implementation in (CHIP, SOFTWARE):
                for network in (RECURRENT, FORWARD):
                    parameters = {
                        "preset": preset, "implementation": implementation, "network": network, "seed": seed,
                        "level": settings.fidelity if implementation == CHIP else "ideal",
                        "chip_level": settings.fidelity,
                        "epochs": QUICK_EPOCHS if settings.quick else epochs,
                        "samples": QUICK_SAMPLES if settings.quick else None,
                    }  # fmt: skip
                    out.append(Trial(f"{preset}-{implementation}-{network}-{seed}", parameters))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train and test once; a recurrent network lends its weights, shuffled, to one that must not train them."""
    given = (parameters["level"], parameters["seed"], parameters["epochs"], parameters["samples"])
    if parameters["network"] == FORWARD:
        config = configured(parameters["preset"], *given, {"network.recurrent": False})
        return [_row(FORWARD, *trained(config, folder / "run"))]
    trainer, result = trained(configured(parameters["preset"], *given), folder / "run")
    fixed = configured(parameters["preset"], *given, {"training.train_recurrent": False})
    again = trained_with_recurrent(fixed, folder / "fixed", trainer.model.network, shuffle=parameters["seed"])
    rows = [_row(RECURRENT, trainer, result), _row(SHUFFLED, *again)]
    return [*rows, _transferred(parameters, trainer)] if parameters["level"] == "ideal" else rows


def _transferred(parameters: Row, trainer: Trainer) -> Row:
    """Test the weights of a network that was trained in software on the chip."""
    chip = changed(trainer.config, {"fidelity": parameters["chip_level"]})
    result = evaluate(moved(trainer, chip), trainer.problem.split("test"), trainer.config.training)
    return {
        "implementation": TRANSFER, "level": parameters["chip_level"], "network": RECURRENT,
        "test_accuracy": result.accuracy, "hidden_spikes": result.hidden_spikes,
        **as_measured(trainer, result),
    }  # fmt: skip


def _row(network: str, trainer: Trainer, result: Evaluation) -> Row:
    return {
        "network": network,
        "train_accuracy": trainer.metrics[-1]["train_accuracy"],
        "test_accuracy": result.accuracy,
        "hidden_spikes": result.hidden_spikes,
        **as_measured(trainer, result),
    }


def parts(rows: list[Row]) -> Parts:
    """Put the published figures beside the own ones."""
    lines = []
    for preset, name in NAMES.items():
        for implementation, shown in SHOWN.items():
            for network in NETWORKS:
                own = pick(rows, preset=preset, implementation=implementation, network=network)
                if implementation == TRANSFER and network != RECURRENT:
                    continue
                lines.append(
                    (name, shown, network, PUBLISHED.get((preset, implementation, network), "–"),
                     mean_std(column(own, "test_accuracy")), mean_std(column(own, "train_accuracy")),
                     mean_std(column(own, "hidden_spikes"), 0))
                )  # fmt: skip
    columns = ("data", "network runs", "hidden weights", "test, published", "test, here", "training, here",
               "hidden spikes per sample")  # fmt: skip
    caption = (
        "Test accuracy on the official test splits, mean and standard deviation over seeds; each seed in the loop is "
        "another uncalibrated die, to which the weights of the software network go without training. Fixed recurrent: "
        "the weights of the trained network, shuffled, and only those of input and readout trained."
    )
    known = {preset: conditions(pick(rows, preset=preset), preset) for preset in NAMES}
    note = " ".join(f"{NAMES[preset]}: {words}." for preset, words in known.items() if words)
    return Parts(
        [Table("Accuracy in percent, mean ± standard deviation over seeds", columns, lines, note)],
        [Plot("accuracy", caption, 3.4, lambda figure: _draw(figure, rows))],
    )


def _draw(figure: Figure, rows: list[Row]) -> None:
    for axes, (preset, name) in zip(figure.subplots(1, len(NAMES)), NAMES.items(), strict=True):
        for x, network in enumerate(NETWORKS):
            for shift, (implementation, colour) in zip((-0.2, 0.0, 0.2), COLOURS.items(), strict=True):
                own = pick(rows, preset=preset, implementation=implementation, network=network)
                values, published = column(own, "test_accuracy"), PUBLISHED.get((preset, implementation, network))
                if published:
                    axes.plot(x + shift, float(published.split()[0]), "D", color=GREY, fillstyle="none",
                              label="published")  # fmt: skip
                if values:
                    axes.errorbar(x + shift, mean(values), std(values), fmt="o", color=colour, capsize=4,
                                  label=SHOWN[implementation])  # fmt: skip
                    side, align = (-6, "right") if implementation == CHIP else (6, "left")
                    axes.annotate(f"{mean(values):.1f}", (x + shift, mean(values)), (side, 4), ha=align,
                                  textcoords="offset points", fontsize=8)  # fmt: skip
        axes.set_xticks(range(len(NETWORKS)), NETWORKS)
        axes.set_xlim(-0.7, len(NETWORKS) - 0.3)
        axes.set_title(name)
        axes.margins(y=0.15)
    figure.supylabel("test accuracy (%)", fontsize=10)
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="speech",
    title="Speech: recurrent networks on spoken digits",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, table 1 and section on recurrent networks",
    question="Does a recurrent network learn spoken digits in the loop as well as in software, and what do its "
    "recurrent weights contribute? The Free Spoken Digit Dataset is heard by the inner-ear model of this project; the "
    "Spiking Heidelberg Digits are run if their files are there (see `inloop data`).",
    cost="full: about 25 minutes on 2 cores; quick: about 2 minutes",
    trials=trials,
    run=run,
    parts=parts,
)
