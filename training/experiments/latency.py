"""How soon a decision is there, and how many images per second the chip then classifies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from matplotlib.figure import Figure

from ...behavioral.bss2.spec import chip_spec
from ..config import changed
from ..decision import MaxOverTime
from ..evaluate import evaluate
from ..figures.style import BLUE, GREY, ORANGE, VERMILLION, legend
from . import ledger
from .conditions import as_measured, conditions
from .drawing import line
from .experiment import Experiment, Parts, Plot, Row, Settings, Table, Trial
from .statistics import change, column, distinct, mean, mean_std, paired, pick
from .trained import STEP_CYCLES, configured, moved, trained

TRAINED: Final = (None, 8.0, 5.0)  # µs from the first input spike that training allows for a decision; None: all
FINE: Final = {"chip.fields.cadc_period_cycles": STEP_CYCLES, "steps_per_sample": 1}
"""A CADC sample in every step of the same grid."""
TIMES_US: Final = tuple(float(t) for t in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11))
PUBLISHED_US, PUBLISHED_IMAGES_S, PUBLISHED_UJ = 8.0, 85_000, 2.4
RESET_US: Final = (10.0, 8.0)  # reset after that time since the first input spike: published, and as early as decided


def trials(settings: Settings) -> Sequence[Trial]:
    """One network per time that training allows."""
    return [
        Trial(
            f"{'all' if allowed is None else f'{allowed:g}us'}-{seed}",
            {"level": settings.fidelity, "seed": seed, "epochs": 5 if settings.quick else 15,
             "samples": 6000 if settings.quick else None, "allowed_us": allowed},
        )
        for seed in settings.repetitions(full=3, quick=1)
        for allowed in TRAINED[: 2 if settings.quick else None]
    ]  # fmt: skip


def run(parameters: Row, folder: Path) -> list[Row]:
    """Train, then stop the clock at different times; with the CADC as published, and sampling in every grid step."""
    given = (parameters["level"], parameters["seed"], parameters["epochs"], parameters["samples"])
    allowed = parameters["allowed_us"]
    changes = {"training.decision_s": allowed and 1e-6 * allowed}
    trainer, whole = trained(configured("mnist-plain", *given, changes), folder / "run")
    test = trainer.problem.split("test")
    rows = []
    for sampling, fields in (("published", {}), ("fine", FINE)):
        model = moved(trainer, changed(trainer.config, fields))
        for time_us in TIMES_US:
            found = evaluate(model, test, MaxOverTime(1e-6 * time_us, trainer.config.training.loss))
            rows.append({"sampling": sampling, "time_us": time_us, "test_accuracy": found.accuracy})
    counts = {"input_events": whole.counters["input_events"] / whole.samples, "hidden_spikes": whole.hidden_spikes,
              **as_measured(trainer, whole)}  # fmt: skip
    return [*rows, {"sampling": "whole", "test_accuracy": whole.accuracy, **counts}]


def parts(rows: list[Row]) -> Parts:
    """Accuracy against time, and the ledgers."""
    caption = (
        "Test accuracy when the largest readout value until some time after the first input spike decides. Filled: "
        "CADC samples every 1.664 µs, as published; open: samples in every grid step of 0.416 µs, which separates how "
        "early the network knows from how late it is sampled. The right panel enlarges the left one. Mean and standard "
        "deviation over seeds."
    )
    return Parts(
        [_target_table(rows), _time_table(rows), _ledger_table(rows), _count_table(rows)],
        [Plot("latency", caption, 3.6, lambda figure: _draw(figure, rows))],
    )


def _name(allowed: float | None) -> str:
    return "trained on the whole window" if allowed is None else f"trained to decide in {allowed:g} µs"


def _time_table(rows: list[Row]) -> Table:
    own = pick(rows, sampling="published")
    kinds = [allowed for allowed in TRAINED if pick(rows, allowed_us=allowed)]
    lines = []
    for time in distinct(own, "time_us"):
        values = (column(pick(own, time_us=time, allowed_us=kind), "test_accuracy") for kind in kinds)
        lines.append((f"{time:g}", *(mean_std(each, 2) for each in values)))
    columns = ("µs after the first input spike", *(_name(kind) for kind in kinds))
    title = f"Test accuracy (%) by time; published: the highest within {PUBLISHED_US:g} µs"
    return Table(title, columns, lines, conditions(rows, "mnist-plain"))


def _ledgers(rows: list[Row]) -> dict[str, ledger.Ledger]:
    own = pick(rows, sampling="whole")
    spec, sizes = chip_spec("bss2"), (256, 246, 10)
    events, spikes = mean(column(own, "input_events")), mean(column(own, "hidden_spikes"))
    found = {f"reset after {t:g} µs": ledger.inference(spec, 1e-6 * t, events, spikes, sizes) for t in RESET_US}
    return {**found, "training, batches of 100": ledger.training(spec, 11.648e-6, events, spikes, sizes, 100)}


def _ledger_table(rows: list[Row]) -> Table:
    lines = []
    for name, each in _ledgers(rows).items():
        times = (each.stimulus_s, each.reset_s, each.link_s, each.host_s, each.total_s)
        known = f"> {PUBLISHED_IMAGES_S:,}" if name == "reset after 10 µs" else "–"
        lines.append((name, *(f"{1e6 * t:.2f}" for t in times), f"{each.images_per_s:,.0f}", known))
    columns = ("mode", "stimulus (µs)", "reset and guard (µs)", "event links (µs)", "host link (µs)", "image (µs)",
               "images/s", "images/s, published")  # fmt: skip
    return Table("Chip time per image; links work while the sample runs", columns, lines)


def _target_table(rows: list[Row]) -> Table:
    """Accuracy and rate together: what is lost if the sample ends at the reset."""
    lines = []
    for kind in [allowed for allowed in TRAINED if pick(rows, allowed_us=allowed)]:
        own = pick(rows, allowed_us=kind)
        whole = pick(own, sampling="published", time_us=TIMES_US[-1])  # "whole": as trained to decide
        for time in RESET_US:
            at = pick(own, sampling="published", time_us=time)
            rate = 1 / (1e-6 * time + ledger.RESET_S)
            accuracy, lost = mean_std(column(at, "test_accuracy"), 2), change(paired(at, whole, "test_accuracy"))
            lines.append((_name(kind), f"{time:g}", accuracy, lost, f"{rate:,.0f}"))
    columns = ("network", "reset after (µs)", "test accuracy until then (%)", f"against {TIMES_US[-1]:g} µs (points)",
               "images/s")  # fmt: skip
    published = f"published: no loss by {PUBLISHED_US:g} µs, > {PUBLISHED_IMAGES_S:,} images/s with a reset after 10 µs"
    title = f"Decision and rate; {published}, which at 11.8 µs an image is 84,746"
    note = conditions(rows, "mnist-plain")
    return Table(title, columns, lines, f"{note}. Points: differences of the same seed." if note else "")


def _count_table(rows: list[Row]) -> Table:
    lines = [
        (name, f"{1e6 * each.energy_j:.2f}", f"{PUBLISHED_UJ:g}" if name == "reset after 10 µs" else "–",
         f"{each.synaptic_events:,.0f}", f"{each.spikes:.1f}", f"{each.transfers:,.0f}")
        for name, each in _ledgers(rows).items()
    ]  # fmt: skip
    columns = ("mode", "published power × time (µJ)", "published (µJ)", "synaptic events", "hidden spikes",
               "words transferred")  # fmt: skip
    return Table(
        "Energy per image: mean power of 200 mW as published, times chip time; and what was counted", columns, lines
    )


def _draw(figure: Figure, rows: list[Row]) -> None:
    whole, enlarged = figure.subplots(1, 2)
    for axes in (whole, enlarged):
        for allowed, colour in zip(TRAINED, (BLUE, ORANGE, VERMILLION), strict=True):
            own = pick(rows, allowed_us=allowed)
            line(axes, pick(own, sampling="published"), "time_us", "test_accuracy", _name(allowed), colour)
            fine = pick(own, sampling="fine")
            line(axes, fine, "time_us", "test_accuracy", "_fine", colour, style=":", fillstyle="none")
        axes.axvline(PUBLISHED_US, color=GREY, linestyle="--", label="published: highest accuracy by 8 µs")
        axes.set_xlabel("time since the first input spike (µs)")
    whole.set_ylabel("test accuracy (%)")
    enlarged.set_xlim(4.5, TIMES_US[-1] + 0.5)
    enlarged.set_ylim(94, 98)
    legend(figure)


EXPERIMENT: Final = Experiment(
    name="latency",
    title="Latency and throughput",
    source="Cramer, Billaudelle et al., PNAS 119(4) e2109194119, 2022, figures 3C and 3D, table 2",
    question="How soon after the first input spike is the decision there, how many images per second does the chip "
    "classify if it is reset then, and what time and energy go where?",
    cost="full: about 6 minutes on 2 cores; quick: 1 minute",
    trials=trials,
    run=run,
    parts=parts,
)
