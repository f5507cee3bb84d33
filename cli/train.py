"""`inloop train`: a new run, or one that goes on."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from ..errors import ConfigError
from .options import Changes, Die, Json, parse_changes
from .output import Result, close, console_for, note, print_closing, tell_followed

if TYPE_CHECKING:
    from ..training.config import ExperimentConfig
    from ..training.loop import Trainer


def train(
    preset: Annotated[str | None, typer.Argument(help="yin-yang, mnist, …, or a TOML file; see --list.")] = None,
    fidelity: Annotated[
        str | None,
        typer.Option(
            help="Level of the forward pass: ideal (software), behavioral (the chip as numbers), event (and its "
            "digital spike path, cycle by cycle), verilog (that path as compiled Verilog) or rtl (as MyHDL, for a few "
            "samples)."
        ),
    ] = None,
    chip: Annotated[
        str | None, typer.Option(help="Preset of the chip: bss2 (default), tiny, bss1 or bss1-tiny.")
    ] = None,
    die: Die = None,
    seed: Annotated[int | None, typer.Option(help="Seed of data order, weights, noise and dropout.")] = None,
    device: Annotated[str | None, typer.Option(help="cpu (compiled kernels) or cuda (torch).")] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the training data.")] = None,
    changes: Changes = None,
    run: Annotated[Path | None, typer.Option(help="Run folder to make; default runs/….")] = None,
    resume: Annotated[Path | None, typer.Option(help="Continue this run where its last epoch ended.")] = None,
    start_from: Annotated[Path | None, typer.Option("--from", help="Start with the weights of this run.")] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures of the run.")] = True,
    list_presets: Annotated[bool, typer.Option("--list", help="Print the names of the presets.")] = False,
    as_json: Json = False,
) -> None:
    """Train a network in the loop and leave a run folder behind.

    [bold]inloop train yin-yang[/bold]  trains on a mismatched chip in under a minute, without any download.
    [bold]inloop train mnist --fidelity ideal[/bold]  trains the software reference of the same network.
    [bold]inloop train yin-yang-bss1[/bold]  trains on a wafer of BrainScaleS-1.
    [bold]inloop train mnist --from runs/A --die 8 --epochs 3[/bold]  repairs a trained network on another die.
    """
    from ..training.config import load_config, preset_names

    console = console_for(as_json)
    if list_presets:
        names = preset_names()
        console.print("\n".join(names), markup=False, highlight=False)
        close({"presets": names}, as_json)
        return
    if resume is not None:
        fixed: dict[str, Any] = {
            "PRESET": preset,
            "--fidelity": fidelity,
            "--chip": chip,
            "--die": die,
            "--seed": seed,
            "--device": device,
            "--epochs": epochs,
        }
        fixed |= {"--set": changes, "--run": run, "--from": start_from}
        given = [name for name, value in fixed.items() if value is not None and value != []]
        if given:
            raise ConfigError(f"--resume continues a run as it was configured; drop {', '.join(given)}")
        close(_resume(resume, figures, console), as_json)
        return
    if preset is None:
        raise ConfigError("name a preset (see --list) or --resume a run")
    named = {
        "fidelity": fidelity, "chip.preset": chip, "die": die, "seed": seed, "device": device,
        "training.epochs": epochs,
    }  # fmt: skip
    config = load_config(preset, parse_changes(changes or [], named))
    close(_train(config, run, start_from, figures, console), as_json)


def _train(
    config: ExperimentConfig, path: Path | None, start_from: Path | None, figures: bool, console: Console
) -> Result:
    from ..chips import design
    from ..training.config import CHIP_FIELDS
    from ..training.runs import new_run

    with new_run(config, path, start_from) as trainer:
        model = trainer.model
        note(console, f"{trainer.run.path}: {model.network.topology} on {model.fidelity}, {model.chip}")
        followed = tell_followed(design(config.chip.preset), config.chip.fields, console, CHIP_FIELDS)
        return _complete(trainer, figures, console) | followed


def _resume(path: Path, figures: bool, console: Console) -> Result:
    from ..training.runs import resumed_run

    with resumed_run(path) as (trainer, changes):
        for change in changes:
            note(console, f"{path}: {change} since the last epoch")
        state = f"continues after epoch {trainer.epochs_done}" if trainer.epochs_done else "begins, it has no epoch yet"
        note(console, f"{path}: {state}")
        return _complete(trainer, figures, console)


def _complete(trainer: Trainer, figures: bool, console: Console) -> Result:
    from ..training.runs import complete

    table_width = len(str(trainer.config.training.epochs))

    def report(row: Result) -> None:
        held = f"  validation {row['validation_accuracy']:.2f} %" if "validation_accuracy" in row else ""
        console.print(
            f"epoch {row['epoch']:{table_width}d}  loss {row['train_loss']:.4f}  train {row['train_accuracy']:.2f} %"
            f"{held}  hidden spikes {row['hidden_spikes']:.1f}",
            highlight=False,
        )

    try:
        closing = complete(trainer, figures, report)
    except KeyboardInterrupt:
        path, done = trainer.run.path, trainer.epochs_saved
        state = f"{done} whole epochs are kept" if done else "no epoch was complete"
        raise KeyboardInterrupt(f"{state}, continue with: inloop train --resume {quote(str(path))}") from None
    print_closing(closing, console)
    return closing
