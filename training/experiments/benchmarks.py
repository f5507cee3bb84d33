"""The benchmark table: on uncalibrated chips in the loop, in software, and with ReLU units."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from ..config import load_config
from ..figures.style import BLUE, GREEN, GREY, VERMILLION, legend
from .conditions import as_measured, conditions
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .relu_network import train_relu
from .statistics import column, distinct, mean, mean_std, pick, std
from .trained import configured, trained

CHIP, SOFTWARE, RELU = "chip", "software", "relu"
SHOWN: Final = {CHIP: "in the loop", SOFTWARE: "software SNN", RELU: "ReLU network"}
COLOURS: Final = {CHIP: BLUE, SOFTWARE: GREEN, RELU: VERMILLION}

# Accuracy in percent, (training, test): Cramer et al., table 1; yin-yang on the chip: Göltz et al., Nat. Mach. Intell.
# 3, 823, 2021, and Pehle et al., arXiv:2302.07141; with ReLU units: Kriener et al., NICE 2022 (4-30-3).
PUBLISHED: Final = {
    ("mnist-plain", CHIP): ("100.0 ± 0.0", "97.2 ± 0.1"),
    ("mnist-plain", SOFTWARE): ("100.0 ± 0.0", "97.5 ± 0.1"),
    ("mnist-plain", RELU): ("100.0", "98.1 ± 0.1"),
    ("mnist", CHIP): ("97.3 ± 0.1", "97.6 ± 0.1"),
    ("mnist", SOFTWARE): ("97.7 ± 0.1", "98.0 ± 0.0"),
    ("mnist", RELU): ("99.0 ± 0.0", "98.7 ± 0.1"),
    ("fashion-mnist", CHIP): ("90.1 ± 0.6", "84.2 ± 0.2"),
    ("fashion-mnist", SOFTWARE): ("95.2 ± 0.1", "85.5 ± 0.1"),
    ("fashion-mnist", RELU): ("97.9 ± 0.1", "88.0 ± 0.2"),
    ("yin-yang", CHIP): ("–", "95 to 96"),
    ("yin-yang", SOFTWARE): ("–", "–"),
    ("yin-yang", RELU): ("–", "97.6 ± 1.5"),
}
NAMES: Final = {
    "mnist-plain": "MNIST 16×16",
    "mnist": "MNIST 16×16, dropout and rotation",
    "fashion-mnist": "Fashion-MNIST 16×16",
    "yin-yang": "Yin-Yang",
}
QUICK_EPOCHS: Final = {"mnist-plain": 5, "mnist": 5, "fashion-mnist": 5, "yin-yang": 20}
QUICK_SAMPLES: Final = 6000
RELU_EPOCHS: Final = 40  # at least: with few of them ReLU units stay below what they can


def trials(settings: Settings) -> Sequence[Trial]:
    """Each preset on the chip, in software and with ReLU units, for each seed."""
    out = []
    for seed in settings.repetitions(full=5):
        for preset, implementation in PUBLISHED:
            full = load_config(preset).training.epochs
            full = max(full, RELU_EPOCHS) if implementation == RELU else full
            epochs = QUICK_EPOCHS[preset] if settings.quick else full
            parameters = {
                "preset": preset, "implementation": implementation, "seed": seed,
                "level": {CHIP: settings.fidelity, SOFTWARE: "ideal", RELU: "none"}[implementation],
                "epochs": epochs,
                "samples": QUICK_SAMPLES if settings.quick else None,
            }  # fmt: skip
            out.append(Trial(f"{preset}-{implementation}-{seed}", parameters))
    return out


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train and test once."""
    level = parameters["level"]
    given = (parameters["seed"], parameters["epochs"], parameters["samples"])
    if parameters["implementation"] == RELU:
        train, test = train_relu(configured(parameters["preset"], "ideal", *given))
        return [{"train_accuracy": train, "test_accuracy": test}]
    trainer, result = trained(configured(parameters["preset"], level, *given), folder / "run")
    row = {"train_accuracy": trainer.metrics[-1]["train_accuracy"], "test_accuracy": result.accuracy}
    return [{**row, "hidden_spikes": result.hidden_spikes, **as_measured(trainer, result)}]


def parts(rows: list[Row]) -> Parts:
    """Put the published table beside the own one."""
    lines = []
    for (preset, implementation), (train, test) in PUBLISHED.items():
        own = pick(rows, preset=preset, implementation=implementation)
        lines.append(
            (NAMES[preset], SHOWN[implementation], train, mean_std(column(own, "train_accuracy")), test,
             mean_std(column(own, "test_accuracy"), 2), mean_std(column(own, "hidden_spikes"), 0))
        )  # fmt: skip
    columns = ("data", "network", "training, published", "training, here", "test, published", "test, here",
               "hidden spikes per sample")  # fmt: skip
    caption = (
        "Test accuracy, mean and standard deviation over seeds; each seed in the loop is another uncalibrated die."
    )
    return Parts(
        [Table("Accuracy in percent, mean ± standard deviation over seeds", columns, lines, _note(rows))],
        [Plot("accuracy", caption, 3.2, lambda figure: _draw(figure, rows))],
    )


def _note(rows: list[Row]) -> str:
    """Conditions of each data set; of ReLU units only the number of epochs differs, and the loss."""
    notes = []
    for preset, name in NAMES.items():
        spiking = [row for row in pick(rows, preset=preset) if row["implementation"] != RELU]
        relu = distinct(pick(rows, preset=preset, implementation=RELU), "epochs")
        more = f" (ReLU units: {relu[-1]} epochs, cross-entropy)" if relu else ""
        notes += [f"{name}: {conditions(spiking, preset)}{more}."] if spiking else []
    return " ".join(notes)


def _draw(figure: Figure, rows: list[Row]) -> None:
    for axes, preset in zip(figure.subplots(1, len(NAMES)), NAMES, strict=True):
        for x, (implementation, colour) in enumerate(COLOURS.items()):
            values = column(pick(rows, preset=preset, implementation=implementation), "test_accuracy")
            published = PUBLISHED[preset, implementation][1].split()[0]
            if published != "–":
                axes.plot(x, float(published), "D", color=GREY, fillstyle="none", label="published")
            if values:
                label = SHOWN[implementation]
                axes.errorbar(x, mean(values), std(values), fmt="o", color=colour, capsize=4, label=label)
                axes.annotate(f"{mean(values):.1f}", (x, mean(values)), (6, 4), textcoords="offset points", fontsize=8)
        axes.set_xticks([])
        axes.set_xlim(-0.6, len(SHOWN) - 0.1)
        axes.set_title(NAMES[preset].replace(", ", ",\n"))
        axes.margins(y=0.15)
    figure.supylabel("test accuracy (%)", fontsize=10)
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="benchmarks",
    title="Benchmarks: in the loop, in software, with ReLU units",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, table 1",
    question="What accuracy does a network reach in the loop on a chip with uncalibrated mismatch, compared with the "
    "same network in software (level `ideal`), and with ReLU units of the same number?",
    cost="full: about 55 minutes on 2 cores; quick: 1 to 2 minutes",
    trials=trials,
    run=run,
    parts=parts,
)
