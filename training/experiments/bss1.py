"""BrainScaleS-1: a deep network of rates, converted to the wafer and repaired in the loop."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ...cosim.bss1.chip import Bss1Chip
from ..datasets.reduced import reduced
from ..rates.curves import measure_curves
from ..rates.loop import Gradient, evaluated, repair
from ..rates.on_wafer import OnWafer, converted
from ..rates.relu import accuracy, activations, train_relu
from ..rates.task import ALL_DIGITS, FIVE_DIGITS, RateTask
from .bss1_levels import REFERENCE, levels_compared, lost_percent
from .bss1_parts import parts
from .experiment import Experiment, Row, Settings, Trial

TASKS: Final = {"100-15-15-5": FIVE_DIGITS, "784-100-100-10": ALL_DIGITS}
SMALL, LARGE = TASKS
ITERATIONS: Final = 40
LARGE_ITERATIONS: Final = 120
GRADIENTS: Final = (("sign", 0.0), ("noisy", 1.0), ("noisy", 3.0), ("noisy", 10.0))
DIE: Final = 0
"""The wafer of all repetitions; they differ in what the floating gates became when they were written."""
REWRITE: Final = 10_000
"""How many writes later a repaired network is tested once more."""
SENT: Final = 20
"""Images whose spikes are followed on their way to the host, on a level with the digital path."""
SMALL_BATCH: Final = FIVE_DIGITS.batch


def trials(settings: Settings) -> Sequence[Trial]:
    """Repetitions on the published network, other gradients, activation curves, and a network over several chips."""
    short = settings.quick
    common = {"iterations": ITERATIONS, "tested": 500 if short else 1000, "at_end": None, "samples": None,
              "gradient": "exact", "noise": 0.0, "level": settings.fidelity}  # fmt: skip
    if settings.fidelity != "behavioral":
        slow = {**common, "iterations": 10 if short else ITERATIONS, "tested": 100, "at_end": 500}
        return [
            Trial(f"repair-{write}", {"kind": "repair", "network": SMALL, "write": write, **slow})
            for write in settings.repetitions(full=3, quick=1)
        ]
    out = [
        Trial(f"repair-{write}", {"kind": "repair", "network": SMALL, "write": write, **common})
        for write in settings.repetitions(full=20)
    ]
    out += [
        Trial(
            f"gradient-{kind}{noise:g}-{write}",
            {"kind": "repair", "network": SMALL, "write": write, **common, "gradient": kind, "noise": noise},
        )
        for write in settings.repetitions(full=5, quick=1)
        for kind, noise in (GRADIENTS[:2] if short else GRADIENTS)
    ]
    out += [
        Trial(f"curves-{write}", {"kind": "curves", "network": SMALL, "write": write})
        for write in settings.repetitions(full=5)
    ]
    large = {**common, "iterations": 5, "samples": 20_000} if short else {**common, "iterations": LARGE_ITERATIONS}
    out += [
        Trial(f"chips-{write}", {"kind": "repair", "network": LARGE, "write": write, **large})
        for write in settings.repetitions(full=3, quick=1)
    ]
    compared = {"verilog": 100, "rtl": 0} if short else {"verilog": SMALL_BATCH, "rtl": 3}
    levels = {"kind": "levels", "network": SMALL, "iterations": ITERATIONS, **compared}
    out.append(Trial("levels-0", {**levels, "write": 0}))
    if not short:
        over_chips = {"network": LARGE, "iterations": LARGE_ITERATIONS, "verilog": 100, "rtl": 0}
        out.append(Trial("levels-chips-0", {**levels, **over_chips, "write": 0}))
    return out


def run(parameters: Row, _: Path) -> list[Row]:
    """Do one trial."""
    task = TASKS[parameters["network"]]
    if parameters["kind"] == "curves":
        return _curves(task, parameters["write"])
    return levels_compared(task, DIE, parameters) if parameters["kind"] == "levels" else _repaired(task, parameters)


def _curves(task: RateTask, write: int) -> list[Row]:
    wafer = Bss1Chip(die=DIE, writes=write)
    curves = measure_curves(task.topology, wafer, task.grid(wafer.spec), task.rate_hz, task.train, seed=0)
    return [
        {"drive": float(drive), "neuron": neuron, "activity": float(activity), "slope": curves.slope,
         "rheobase": curves.rheobase}
        for drive, neurons in zip(curves.drive, curves.activity, strict=True)
        for neuron, activity in enumerate(neurons)
    ]  # fmt: skip


def _repaired(task: RateTask, parameters: Row) -> list[Row]:
    """Train in software, convert, repair; one row per iteration, one for the end, one per chip."""
    train, test = (reduced("mnist", name, task.side, task.margin, task.digits) for name in ("train", "test"))
    kept = slice(parameters["samples"])
    images, labels = train.images[kept], train.labels[kept]
    software = train_relu(images, labels, task.topology.sizes, task.epochs, seed=0)
    write, part = parameters["write"], slice(parameters["tested"])
    level, end = parameters["level"], slice(parameters["at_end"])
    wafer = Bss1Chip(die=DIE, writes=write)
    network, weights = converted(task, wafer, software, images, level)

    def tested(weights: Any, where: slice = slice(None), on: OnWafer = network) -> float:
        return evaluated(on, weights, test.images[where], test.labels[where], seed=write)

    before = tested(weights, end)
    rows: list[Row] = [{"row": "iteration", "iteration": 0, "test_accuracy": tested(weights, part)}]
    gradient = Gradient(parameters["gradient"], parameters["noise"])
    for each in repair(network, weights, images, labels, parameters["iterations"], write, gradient):
        weights = each.parameters
        rows.append(
            {"row": "iteration", "iteration": each.number, "test_accuracy": tested(weights, part), "loss": each.loss,
             "batch_accuracy": each.batch_accuracy}
        )  # fmt: skip
    again = OnWafer(task, Bss1Chip(die=DIE, writes=write + REWRITE), network.scales, level)
    followed = network if level != "behavioral" else OnWafer(task, wafer, network.scales, REFERENCE)
    seen, path = (each.observed(weights, test.images[:SENT], write, 0)[1] for each in (network, followed))
    rows.append({
        "row": "end",
        "software": accuracy(activations(software, test.images)[-1], test.labels),
        "converted": before,
        "repaired": tested(weights, end),
        "rewritten": tested(weights, end, again),
        "images_per_s": network.images_per_s,
        "spikes": seen.counters["spikes"] / SENT,
        "path_lost_percent": lost_percent(path),
    })  # fmt: skip
    return rows + [{"row": "chip", **vars(chip)} for chip in network.level.placement.chips]


EXPERIMENT: Final = Experiment(
    name="bss1",
    title="BrainScaleS-1: a deep network of rates, converted and repaired in the loop",
    source="Schmitt et al., Neuromorphic Hardware In The Loop, IJCNN 2017 (arXiv:1703.01909)",
    question="How much accuracy does a ReLU network lose when it is converted to rates of neurons on a wafer with "
    "4-bit weights, fixed-pattern and trial-to-trial deviations, and how much do 40 iterations in the loop repair? "
    "Each repetition writes the floating gates of the same wafer anew. Do the updates have to be exact?",
    cost="full: about 18 minutes on 2 cores, on event 10, on verilog 40 (estimated from single trials); quick: about 4 "
    "minutes, on verilog 6",
    trials=trials,
    run=run,
    parts=parts,
    levels=("behavioral", "event", "verilog"),
)
