"""What the commands do; each prints for people to its console and returns its closing result."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from shlex import quote
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ..behavioral.bss1.die import make_die as make_hicann
from ..behavioral.bss1.die import write as write_hicann
from ..behavioral.bss1.spec import PRESETS as HICANN_PRESETS
from ..behavioral.bss1.spec import hicann_spec
from ..behavioral.bss2.die import Spreads, make_die
from ..behavioral.bss2.spec import chip_spec
from ..behavioral.design import Design
from ..behavioral.numerics.threads import thread_count
from ..errors import ConfigError, InloopError, StorageError, printable
from .checkpoint import beginning, restore
from .config import CHIP_FIELDS, ExperimentConfig, changed, chip_changes, design_before
from .datasets.fetch import fetch as fetch_dataset
from .datasets.registry import DATASETS, DataFile
from .datasets.store import data_root, status
from .evaluate import evaluate as evaluate_model
from .in_the_loop import InTheLoop
from .loop import Trainer, build_model, closing_result, network_weights
from .problem import Problem
from .progress import Meter
from .run_folder import RunFolder

Result = dict[str, Any]


def train(
    config: ExperimentConfig, path: Path | None, start_from: Path | None, figures: bool, console: Console
) -> Result:
    """Train a new run; see `inloop train`."""
    problem, model = prepare(config)
    if start_from is not None:
        load_trained(start_from, model)
    design, given = chip_spec(config.chip.preset), config.chip.fields
    fields = {name: value for name, value in model.chip.spec.to_dict().items() if name != "name"}
    config = changed(config, {"chip.fields": fields})  # the run keeps its chip, whatever becomes of the preset
    run = RunFolder.create(config, path, None if start_from is None else beginning(model))
    with run.claimed():
        note(console, f"{run.path}: {model.network.topology} on {model.level.fidelity}, {model.chip}")
        followed = tell_followed(design, given, console, CHIP_FIELDS)
        trainer = Trainer(config, problem, model, run)
        try:
            return _fit(trainer, figures, console) | followed
        except (InloopError, MemoryError) as error:
            if not (trainer.epochs_saved or isinstance(error, StorageError)):
                run.discard()  # it would be refused again
            raise


def resume(path: Path, figures: bool, console: Console) -> Result:
    """Continue a run to its configured number of epochs; see `inloop train --resume`."""
    run, config = RunFolder.open(path)
    with run.claimed():
        problem, model = prepare(config)
        trainer = Trainer(config, problem, model, run)
        if run.has_trained:
            for change in trainer.resume():
                note(console, f"{run.path}: {change} since the last epoch")
        state = f"continues after epoch {trainer.epochs_done}" if trainer.epochs_done else "begins, it has no epoch yet"
        note(console, f"{run.path}: {state}")
        return _fit(trainer, figures, console)


def evaluate(path: Path, changes: Result, samples: int | None, console: Console) -> Result:
    """Test a trained run with some fields changed; see `inloop evaluate`."""
    run, before = RunFolder.open(path)
    config = changed(before, changes)
    problem, model = prepare(config)
    load_trained(path, model)
    followed = tell_followed(design_before(before, changes), chip_changes(changes), console, CHIP_FIELDS)
    result = evaluate_model(model, problem.split("test", samples), config.training)
    closing = closing_result(config, result, run.path)
    _print_result(closing, console)
    return closing | followed


def tell_followed(design: Design, changes: dict[str, Any], console: Console, prefix: str = "") -> Result:
    """Print which fields of a design follow the changes, one a line; return `followed` with their values, if any do."""
    said, after = design.followed(**changes), design.with_fields(**changes)
    for sentence in said.values():
        note(console, prefix + sentence)
    return {"followed": {name: getattr(after, name) for name in said}} if said else {}


def show_chip(
    preset: str, die: int, calibration: str | None, changes: Result, figure: Path | None, console: Console
) -> Result:
    """Show a design with some fields changed, and a die; see `inloop chip`."""
    if preset in HICANN_PRESETS:
        if figure is not None:
            raise ConfigError(f"--figure draws dies of bss2; chip {preset!r} is shown as a table only")
        followed = tell_followed(hicann_spec(preset), changes, console)
        design, given = hicann_spec(preset).with_fields(**changes), calibration or "calibrated"
        written = vars(write_hicann(make_hicann(design, die, calibration=given), seed=0))
        drawn_values = {name: np.asarray(values) for name, values in written.items()}
        return _print_chip(design, drawn_values, die, given, console) | followed
    followed = tell_followed(chip_spec(preset), changes, console)
    spec, given = chip_spec(preset).with_fields(**changes), calibration or "uncalibrated"
    drawn = make_die(spec, die, given)
    if figure is not None:
        from .figures import check_figure, draw_die

        check_figure(figure)
        draw_die(drawn, figure)
    quantities = ("tau_mem", *(quantity.name for quantity in fields(Spreads)))
    result = _print_chip(spec, {name: getattr(drawn, name) for name in quantities}, die, given, console)
    if figure is not None:
        note(console, f"spread of the die: {figure}")
    return result | followed


def _print_chip(
    spec: Design, drawn: dict[str, NDArray[np.float64]], die: int, calibration: str, console: Console
) -> Result:
    table = Table("field", "value", title=f"chip {spec.to_dict()['name']}")
    for field, value in spec.to_dict().items():
        table.add_row(field, f"{value:g}" if isinstance(value, float) else str(value))
    console.print(table)
    spread = Table("quantity", "mean", "std", "min", "max", title=f"die {die}, {calibration}")
    summary = {}
    for name, values in drawn.items():
        summary[name] = {"mean": float(values.mean()), "std": float(values.std())}
        shown = ("{:.3f}" if np.abs(values).max() > 1e-3 else "{:.3g}").format
        spread.add_row(name, *map(shown, (values.mean(), values.std(), values.min(), values.max())))
    console.print(spread)
    return {"chip": spec.to_dict(), "die": die, "calibration": calibration, "spread": summary}


def data_status(console: Console) -> Result:
    """Show what data is there; see `inloop data`."""
    file = Column("file", overflow="fold")
    table = Table("data set", file, "state", "bytes", title=f"data in {escape(str(data_root()))}")
    result: Result = {"root": str(data_root()), "datasets": {}}
    remedies: dict[str, str] = {}
    for name, info in DATASETS.items():
        states = status(name)
        if not states:
            table.add_row(name, "generated, needs no file", "[green]ready[/green]", "")
        for state in states:
            colour = "green" if state.state == "present" else "red"
            shown = f"[{colour}]{state.state}[/{colour}]"
            table.add_row(
                name, escape(str(state.path)), shown, f"{state.expected_size:,}" if state.expected_size else ""
            )
        ready = all(state.state == "present" for state in states)
        if not ready:
            remedies[name] = info.files[0].remedy
        result["datasets"][name] = {"ready": ready, "files": {str(s.path): s.state for s in states}}
    console.print(table)
    for name, remedy in remedies.items():
        console.print(f"{name}: {escape(remedy)}, or put the files where the table says", soft_wrap=True)
    return result


def fetch(name: str, console: Console) -> Result:
    """Download a data set; see `inloop data fetch`."""
    if name in DATASETS and not DATASETS[name].files:
        raise ConfigError(f"{name} is generated, there is nothing to fetch")
    total = sum(file.size or 0 for file in DATASETS[name].files) if name in DATASETS else 0
    with Meter("fetch", total, not console.quiet, unit="byte") as bar:
        seen: dict[str, int] = {}

        def progress(file: DataFile, done: int, _: int | None) -> None:
            bar.advance(done - seen.get(file.name, 0))
            bar.describe(file.name)
            seen[file.name] = done

        paths = fetch_dataset(name, progress)
    note(console, f"{name}: complete in {data_root()}")
    return {"dataset": name, "files": [str(path) for path in paths]}


def prepare(config: ExperimentConfig) -> tuple[Problem, InTheLoop]:
    """Return the data and the model of an experiment."""
    thread_count()  # refuses a bad number before anything is made
    torch.set_num_threads(1)  # the kernels use the cores; waiting torch threads would take them away
    problem = Problem(config)
    return problem, build_model(config, problem.inputs, problem.classes)


def load_trained(path: Path, model: InTheLoop) -> None:
    """Load the checkpoint that a run keeps into a model of the same network."""
    run, config = RunFolder.open(path)
    restore(run.best if config.training.keep == "best" else run.checkpoint, model)


def note(console: Console, text: str) -> None:
    """Print one line as it is: neither wrapped nor taken for markup, so that paths can be copied."""
    console.print(printable(text, "\n"), markup=False, highlight=False, soft_wrap=True)


def _fit(trainer: Trainer, figures: bool, console: Console) -> Result:
    table_width = len(str(trainer.config.training.epochs))

    def report(row: Result) -> None:
        held = f"  validation {row['validation_accuracy']:.2f} %" if "validation_accuracy" in row else ""
        console.print(
            f"epoch {row['epoch']:{table_width}d}  loss {row['train_loss']:.4f}  train {row['train_accuracy']:.2f} %"
            f"{held}  hidden spikes {row['hidden_spikes']:.1f}",
            highlight=False,
        )

    try:
        closing = closing_result(trainer.config, trainer.fit(report), trainer.run.path)
        trainer.run.write_weights(network_weights(trainer.model), trainer.model.chip.spec)
        trainer.run.write_result(closing)
        if figures:
            from .figures import draw_run

            draw_run(trainer)
            trainer.run.check()
    except KeyboardInterrupt:
        path, done = trainer.run.path, trainer.epochs_saved
        state = f"{done} whole epochs are kept" if done else "no epoch was complete"
        raise KeyboardInterrupt(f"{state}, continue with: inloop train --resume {quote(str(path))}") from None
    _print_result(closing, console)
    return closing


def _print_result(closing: Result, console: Console) -> None:
    table = Table("level", "die", "seed", "test accuracy", "hidden spikes", "samples/s", "chip time")
    table.add_row(
        closing["fidelity"],
        str(closing["die"]),
        str(closing["seed"]),
        f"[bold]{closing['test_accuracy']:.2f} %[/bold]",
        f"{closing['hidden_spikes']:.1f}",
        f"{closing['samples_per_s']:,.0f}",
        f"{closing['chip_time_s'] * 1e3:.1f} ms",
    )
    console.print(table)
    note(console, f"run folder: {closing['run']}")
