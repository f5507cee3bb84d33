"""What it brings to place threshold crossings within their grid step, and what it costs: `behavioral` against `event`.

Each network runs on the default grid with and without placement, and beside it on `event`, on the same uncalibrated die
without noise. Spikes pair with those of the same neuron at most one grid step away. Speed: CPU time of a sample.
"""

from __future__ import annotations

import csv
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import inloop
import numpy as np
from inloop.behavioral.grid import make_grid
from inloop.cosim.bss2.random_subject import random_subject
from inloop.cosim.levels import open_level
from inloop.cosim.spike_differences import spikes_within_a_step
from inloop.cosim.trials import Subject
from inloop.training.config import load_config
from inloop.training.loop import Trainer, build_model, network_weights
from inloop.training.problem import Problem
from inloop.training.run_folder import RunFolder

RESULTS = Path(__file__).parent / "results" / "crossings.csv"
SAMPLES, EPOCHS = 1000, 4


def trained_on_mnist() -> Subject:
    """Return the network of the preset without dropout after a few epochs, with the first test images."""
    config = load_config("mnist-plain", {"training.epochs": EPOCHS})
    problem = Problem(config)
    model = build_model(config, problem.inputs, problem.classes)
    with TemporaryDirectory() as folder:
        Trainer(config, problem, model, RunFolder.create(config, Path(folder) / "run")).fit()
    spikes = problem.split("test", SAMPLES).spikes
    return Subject(
        model.network.topology, network_weights(model), inloop.Chip("bss2", noise="off"), model.grid, spikes,
        np.arange(spikes.samples, dtype=np.uint64), None, f"MNIST, {EPOCHS} epochs",
    )  # fmt: skip


def compared(subject: Subject, placed: bool, repeats: int = 5) -> dict[str, Any]:
    """Run a subject on both levels."""
    spec = subject.chip.spec
    grid = make_grid(spec, subject.grid.duration_s, subject.grid.sample_steps, placed)
    chip = inloop.Chip(spec, die=subject.chip.die.seed, noise="off")
    given, cpu_s = (subject.spikes, subject.weights, subject.trials), {}
    for name in ("ideal", "behavioral"):
        level, best = open_level(name, subject.topology, chip, grid), np.inf
        for _ in range(repeats):
            begin = time.process_time()
            seen = level.run(*given, record_membranes=False)
            best = min(best, time.process_time() - begin)
        cpu_s[name] = best
    exact = open_level("event", subject.topology, chip, grid).run(*given)
    paired, _ = spikes_within_a_step(seen, exact, None)
    counts = (each.counters["hidden_spikes"] / subject.spikes.samples for each in (seen, exact))
    decided = [each.readout.max(axis=1).argmax(axis=1) for each in (seen, exact)]
    return {
        "network": subject.name,
        "samples": subject.spikes.samples,
        "placed": "yes" if placed else "no",
        **{name: round(value, 2) for name, value in zip(("spikes_behavioral", "spikes_event"), counts, strict=True)},
        "unpaired_percent": round(100 - paired.figure, 2),
        "equal_decisions_percent": round(100 * float((decided[0] == decided[1]).mean()), 2),
        **{f"cpu_us_{name}": round(1e6 * best / subject.spikes.samples, 1) for name, best in cpu_s.items()},
    }


def main() -> None:
    subjects = [trained_on_mnist(), *(random_subject(SAMPLES, recurrent) for recurrent in (False, True))]
    rows = [compared(subject, placed) for subject in subjects for placed in (False, True)]
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
