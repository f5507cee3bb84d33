"""What `inloop agree` does: compare the levels on a run, or on built-in networks, and print what was found."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..behavioral.numerics.streams import check_seed
from ..cosim.agree import Comparison, compare
from ..cosim.bss1.agree import WaferComparison, WaferTrial, compare_wafer, plan_wafer
from ..cosim.bss1.random_subject import random_wafer_subject
from ..cosim.bss2.random_subject import random_subject
from ..cosim.levels import DIGITAL
from ..cosim.quantities import Divergence, Quantity
from ..cosim.trials import Subject, Trial, plan
from ..cosim.waves.window import COMMENT, Window, write_window
from ..errors import ConfigError
from ..files import check_replaceable, write_atomically
from .commands import load_trained, note, prepare
from .decision import decide
from .defaults import FROM_REST
from .evaluate import TEST_TRIALS
from .loop import network_weights
from .progress import Meter
from .run_folder import RunFolder


@dataclass(frozen=True)
class Waves:
    """Whether and where signals are written. folder: None writes only those of levels that differ, to waves/."""

    folder: Path | None
    window: Window

    @classmethod
    def parse(cls, folder: Path | None, sample: int | None, cycles: str | None) -> Waves:
        """Read the options of the command. cycles: FROM:TO. Raises `ConfigError`."""
        if folder is None and (sample is not None or cycles is not None):
            raise ConfigError("--wave-sample and --wave-cycles need --waves DIR")
        if cycles is None:
            return cls(folder, Window(sample))
        given = re.fullmatch(r"([0-9]{1,12}):([0-9]{1,12})", cycles)
        if given is None:
            raise ConfigError(f"--wave-cycles {cycles!r} must read FROM:TO, for instance 200:500")
        return cls(folder, Window(sample, (int(given[1]), int(given[2]))))


def agree(
    path: Path | None, levels: str, samples: int, fine_steps: int | None, seed: int, figure: Path | None,
    waves: Waves, console: Console,
) -> dict[str, Any]:  # fmt: skip
    """Compare levels, named with commas between them; see `inloop agree`. Returns the closing result."""
    names = [name.strip() for name in levels.split(",")]
    if figure is not None:
        from .figures import check_figure
        from .figures.agreement import draw_agreement

        check_figure(figure)
    trials = _built_in(names, samples, fine_steps, check_seed(seed)) if path is None else plan(
        _of_run(path, samples), names, fine_steps
    )  # fmt: skip
    found = []
    with Meter("agree", sum(trial.subject.spikes.samples for trial in trials), not console.quiet) as bar:
        for trial in trials:
            bar.describe(" and ".join(trial.levels))
            found.append(compare(trial, bar.advance))
    _print(found, console)
    if figure is not None:
        shown = max(found, key=lambda each: (not each.agrees, each.first is not None))
        draw_agreement(shown, figure)
        note(console, f"rasters of {' and '.join(shown.trial.levels)}: {figure}")
    comparisons = [_plain(each) | _write_waves(each, waves, console) for each in found]
    return {"agrees": all(each.agrees for each in found), "comparisons": comparisons}


def agree_wafer(preset: str, levels: str, samples: int, seed: int, console: Console) -> dict[str, Any]:
    """Compare levels of a wafer on a random network; see `inloop agree --chip`. Returns the closing result."""
    subject = random_wafer_subject(preset, samples, check_seed(seed))
    trials = plan_wafer(subject, [name.strip() for name in levels.split(",")])
    found = []
    with Meter("agree", len(trials) * samples, not console.quiet) as bar:
        for trial in trials:
            bar.describe(" and ".join(trial.levels))
            found.append(compare_wafer(trial, bar.advance))
    _print(found, console)
    return {"agrees": all(each.agrees for each in found), "comparisons": [_plain(each) for each in found]}


def _write_waves(each: Comparison, waves: Waves, console: Console) -> dict[str, Any]:
    """Write the signals of a comparison whose levels differ, or of any if a folder was named."""
    if each.agrees and waves.folder is None:
        return {"waves": None}
    shown = write_window(each, waves.folder or Path("waves"), waves.window, _write_own)
    if shown.signal is not None:
        note(console, f"first signal that differs: {shown.signal}")
    note(console, f"waves of {' and '.join(each.trial.levels)}, for Surfer or GTKWave: {shown.path}")
    return {"waves": str(shown.path)}


def _write_own(path: Path, write: Callable[[Path], None]) -> None:
    """Write signals in the place of earlier ones only."""
    check_replaceable(path, COMMENT.encode())
    write_atomically(path, write)


def _built_in(levels: Sequence[str], samples: int, fine_steps: int | None, seed: int) -> list[Trial]:
    """Plan for a feed-forward network, and for a recurrent one what has to be exact in spite of the loop."""
    trials = plan(random_subject(samples, False, seed), levels, fine_steps)
    digital = [name for name in levels if name in DIGITAL]
    loop = random_subject(samples, True, seed)
    for exact in ([name for name in levels if name not in DIGITAL], digital):
        if len(exact) > 1:
            trials += plan(loop, exact)
    return trials


def _of_run(path: Path, samples: int) -> Subject:
    """Return a trained network with its chip and the first test samples, which meet the noise of an evaluation."""
    _, config = RunFolder.open(path)
    problem, model = prepare(config)
    load_trained(path, model)
    spikes, loss = problem.split("test", samples).spikes, config.training.loss
    trials = (np.arange(spikes.samples) + TEST_TRIALS).astype(np.uint64)

    silent = model.silent_readout().numpy() if loss.endswith(FROM_REST) else 0.0

    def decided(readout: Any) -> Any:
        return decide(torch.from_numpy(np.ascontiguousarray(readout - silent)), loss).numpy()

    weights = network_weights(model)
    return Subject(model.network.topology, weights, model.chip, model.grid, spikes, trials, decided, str(path))


def _print(found: Sequence[Comparison | WaferComparison], console: Console) -> None:
    table = Table("quantity", "figure", "tolerance", "verdict")
    for number, each in enumerate(found):
        trial: Trial | WaferTrial = each.trial
        if number == 0 or trial.subject.name != found[number - 1].trial.subject.name:
            table.add_row(f"[bold]{escape(trial.subject.name)}[/bold]")
        table.add_row(f"[bold]{' and '.join(trial.levels)}[/bold] (class {trial.kind}), {trial.conditions}")
        if trial.remark:
            table.add_row(f"[italic]{trial.remark}[/italic]")
        for quantity in each.quantities:
            verdict = "" if quantity.bound is None else "agree" if quantity.agrees else "[bold red]differ[/bold red]"
            table.add_row(f"  {quantity.name}", *_figures(quantity), verdict)
        table.add_section()
    console.print(table)
    for each in found:
        if each.first is not None:
            note(console, _difference(each, each.first))


def _difference(each: Comparison | WaferComparison, first: Divergence) -> str:
    one, two = each.trial.levels
    where = f"sample {first.sample}, {first.unit} {first.time}, {first.place}, {first.quantity}"
    values = f"{first.values[0]} on {one}, {first.values[1]} on {two}"
    return f"first difference of {one} and {two} ({each.trial.conditions}): {where}: {values}"


def _figures(quantity: Quantity) -> tuple[str, str]:
    """Return the figure and its tolerance as text."""
    if quantity.kind == "percent":
        return f"{quantity.figure:.2f} of {quantity.of:,.0f}", "" if quantity.bound is None else f"≥ {quantity.bound:g}"
    if quantity.kind == "count":
        return f"{quantity.figure:,.0f} of {quantity.of:,.0f}", "" if quantity.bound is None else f"{quantity.bound:g}"
    return f"{quantity.figure:.1e}", f"≤ {quantity.bound:.0e}"


def _plain(each: Comparison | WaferComparison) -> dict[str, Any]:
    """Return a comparison as plain values."""
    quantities = [
        {"name": q.name, "figure": q.figure, "compared": q.of, "tolerance": q.bound, "agrees": q.agrees}
        for q in each.quantities
    ]
    trial: Trial | WaferTrial = each.trial
    return {
        "levels": list(trial.levels), "class": trial.kind, "network": trial.subject.name,
        "conditions": trial.conditions, "remark": trial.remark, "samples": trial.subject.spikes.samples,
        "agrees": each.agrees,
        "quantities": quantities, "first_difference": None if each.first is None else vars(each.first),
    }  # fmt: skip
