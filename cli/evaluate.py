"""`inloop evaluate`: what a trained network is worth, on one level or on all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Column, Table

from .options import Changes, Die, Json, parse_changes
from .output import Result, close, console_for, note, print_closing, tell_followed


def evaluate(
    run: Annotated[Path, typer.Argument(help="Run folder of a trained network.")],
    fidelity: Annotated[
        str | None,
        typer.Option(help="Level: ideal, behavioral, event, rtl, verilog; all: every level, in one table."),
    ] = None,
    die: Die = None,
    changes: Changes = None,
    samples: Annotated[int | None, typer.Option(min=1, help="Only the first test samples.")] = None,
    as_json: Json = False,
) -> None:
    """Test a trained network, on its own level and die or on others.

    [bold]inloop evaluate runs/A --fidelity behavioral --die 8[/bold]  asks what the weights are worth on die 8.
    [bold]inloop evaluate runs/A --fidelity all --samples 1000[/bold]  asks what each level costs and shows.
    """
    from ..training.every_level import evaluate_every_level

    console, every = console_for(as_json), fidelity == "all"
    fields = parse_changes(changes or [], {"fidelity": None if every else fidelity, "die": die})
    if every:
        result = evaluate_every_level(run, fields, samples)
        _print_levels(result, console)
    else:
        result = _evaluate(run, fields, samples, console)
    close(result, as_json)


def _evaluate(path: Path, changes: Result, samples: int | None, console: Console) -> Result:
    from ..training.config import CHIP_FIELDS, chip_changes, design_before
    from ..training.evaluate import evaluate as run_samples
    from ..training.loop import closing_result
    from ..training.runs import open_trained

    before, config, problem, model = open_trained(path, changes)
    followed = tell_followed(design_before(before, changes), chip_changes(changes), console, CHIP_FIELDS)
    closing = closing_result(config, run_samples(model, problem.split("test", samples), config.training), path)
    print_closing(closing, console)
    return closing | followed


def _print_levels(result: Result, console: Console) -> None:
    heads = ("samples", "accuracy", "spikes", "dropped", "late", "chip time", "images/s")
    numbers = (Column(head, justify="right", no_wrap=True) for head in heads)
    title = f"die {result['die']}, seed {result['seed']}"
    caption = "hidden spikes, dropped and late events: per sample"
    table = Table(
        Column("level", no_wrap=True), *numbers, title=title, caption=caption, box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for row in result["levels"]:
        if "not_run" in row:
            table.add_row(row["fidelity"], *("–" for _ in heads[1:]), "not run")
            continue
        counted, speed = row["counters"], row["samples_per_s"]
        dropped = [counted[name] for name in ("dropped", "lost") if name in counted]
        losses = (
            f"{sum(dropped) / row['samples']:.2f}" if dropped else "–",
            f"{counted['late'] / row['samples']:.2f}" if "late" in counted else "–",
        )
        table.add_row(
            row["fidelity"], f"{row['samples']:,}", f"[bold]{row['test_accuracy']:.2f} %[/bold]",
            f"{row['hidden_spikes']:.1f}", *losses, f"{row['chip_time_s'] * 1e3:.2f} ms",
            f"{speed:,.{0 if speed >= 10 else 1}f}",
        )  # fmt: skip
    console.print(table)
    for row in result["levels"]:
        if "not_run" in row:
            note(console, f"{row['fidelity']} did not run: {row['not_run']}")
        elif row["fidelity"] == "rtl":
            more = f"inloop evaluate {result['run']} --fidelity rtl --samples N"
            note(console, f"rtl is slow and ran {row['samples']} sample(s); for more: {more}")
    note(console, f"run folder: {result['run']}")
