"""What `inloop evaluate --fidelity all` does: one trained network on every level, in one table."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from ..cosim.levels import FIDELITIES
from ..errors import MissingToolError, StorageError
from .commands import load_trained, note
from .config import ExperimentConfig, changed
from .evaluate import TEST_TRIALS, Evaluation, evaluate
from .loop import build_model
from .problem import Encoded, Problem
from .run_folder import RunFolder

HANDFUL: Final = 5
"""Samples on level `rtl`, which simulates about one per second."""


def evaluate_every_level(path: Path, changes: dict[str, Any], samples: int | None, console: Console) -> dict[str, Any]:
    """Test a run on every level; a level whose tools are missing is left out, and the result says why."""
    config = changed(RunFolder.open(path)[1], changes)
    torch.set_num_threads(1)
    problem, rows = Problem(config), []
    for level in FIDELITIES:
        count = min(HANDFUL, samples or HANDFUL) if level == "rtl" else samples
        row: dict[str, Any] = {"fidelity": level}
        try:
            seen = _on_level(path, changed(config, {"fidelity": level}), problem, problem.split("test", count))
        except (MissingToolError, StorageError) as error:
            row["not_run"] = str(error)
        else:
            row |= _plain(seen)
        rows.append(row)
    _print(rows, config, path, console)
    return {"run": str(path), "die": config.die, "seed": config.seed, "levels": rows}


def _on_level(path: Path, config: ExperimentConfig, problem: Problem, data: Encoded) -> Evaluation:
    model = build_model(config, problem.inputs, problem.classes)
    load_trained(path, model)
    model.eval()
    with torch.no_grad():  # the first call loads compiled code, which the speed leaves out
        model(data.spikes.select(np.array([0])), np.array([TEST_TRIALS], np.uint64))
    return evaluate(model, data, config.training)


def _plain(seen: Evaluation) -> dict[str, Any]:
    return {
        "test_accuracy": round(seen.accuracy, 4), "samples": seen.samples,
        "hidden_spikes": round(seen.hidden_spikes, 3), "samples_per_s": round(seen.samples_per_s, 1),
        "chip_time_s": seen.chip_time_s, "counters": seen.counters,
    }  # fmt: skip


def _print(rows: list[dict[str, Any]], config: ExperimentConfig, path: Path, console: Console) -> None:
    heads = ("samples", "accuracy", "spikes", "dropped", "late", "chip time", "images/s")
    numbers = (Column(head, justify="right", no_wrap=True) for head in heads)
    title, caption = f"die {config.die}, seed {config.seed}", "hidden spikes, dropped and late events: per sample"
    table = Table(
        Column("level", no_wrap=True), *numbers, title=title, caption=caption, box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for row in rows:
        if "not_run" in row:
            table.add_row(row["fidelity"], *("–" for _ in heads[1:]), "not run")
            continue
        counted, speed = row["counters"], row["samples_per_s"]
        losses = ("–", "–")
        if "late" in counted:
            dropped = counted["dropped"] + counted["lost"]
            losses = f"{dropped / row['samples']:.2f}", f"{counted['late'] / row['samples']:.2f}"
        table.add_row(
            row["fidelity"], f"{row['samples']:,}", f"[bold]{row['test_accuracy']:.2f} %[/bold]",
            f"{row['hidden_spikes']:.1f}", *losses, f"{row['chip_time_s'] * 1e3:.2f} ms",
            f"{speed:,.{0 if speed >= 10 else 1}f}",
        )  # fmt: skip
    console.print(table)
    for row in rows:
        if "not_run" in row:
            note(console, f"{row['fidelity']} did not run: {row['not_run']}")
        elif row["fidelity"] == "rtl":
            more = f"inloop evaluate {path} --fidelity rtl --samples N"
            note(console, f"rtl is slow and ran {row['samples']} sample(s); for more: {more}")
    note(console, f"run folder: {path}")
