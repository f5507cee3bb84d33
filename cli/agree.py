"""`inloop agree`: do the levels agree, on a run or on built-in networks?"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ..errors import ConfigError
from .comparisons import print_comparisons
from .options import Json
from .output import Result, close, console_for, note

if TYPE_CHECKING:
    from ..cosim.agree import Comparison
    from ..cosim.trials import Trial
    from ..cosim.waves.window import Window


def agree(
    run: Annotated[
        Path | None, typer.Argument(help="Run folder of a trained network; without it, built-in random networks.")
    ] = None,
    levels: Annotated[
        str, typer.Option(help="Two or more levels, with commas between them; what is exact comes after event.")
    ] = "ideal,behavioral,event",
    samples: Annotated[int, typer.Option(min=1, help="The first test samples of the run, or random ones.")] = 100,
    fine_steps: Annotated[
        int | None,
        typer.Option(
            "--steps-per-sample",
            min=1,
            help="Grid of behavioral against event on uncongested input; default: a fine one.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the built-in networks and their input.")] = 0,
    chip: Annotated[
        str | None,
        typer.Option(help="Preset of the chip of the built-in networks: bss2 (default), tiny, bss1 or bss1-tiny."),
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the spikes of two levels into this PNG file.")] = None,
    waves: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write the signals of both levels as VCD into this folder; default: waves, and only if they differ.",
        ),
    ] = None,
    wave_sample: Annotated[
        int | None, typer.Option(min=0, help="Sample whose signals are written; default: the first that differs, or 0.")
    ] = None,
    wave_cycles: Annotated[
        str | None,
        typer.Option(metavar="FROM:TO", help="Fabric cycles to write; default: around the first difference."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check whether the levels agree, and show where they first differ.

    [bold]inloop agree runs/A --levels behavioral,event --samples 1000[/bold]  compares them on a network of yours.
    [bold]inloop agree --levels event,verilog[/bold]  needs no run. The exit code is 1 if levels disagree.
    [bold]inloop agree --chip bss1 --levels event,verilog[/bold]  compares them for BrainScaleS-1.
    [bold]inloop agree runs/A --levels event,rtl --samples 2 --waves waves --wave-cycles 0:500[/bold]  writes signals.
    """
    if waves is None and (wave_sample is not None or wave_cycles is not None):
        raise ConfigError("--wave-sample and --wave-cycles need --waves DIR")
    window, console = _window(wave_sample, wave_cycles), console_for(as_json)
    names = [name.strip() for name in levels.split(",")]
    if figure is not None:
        from ..training.figures import check_figure

        check_figure(figure)
    found = _compare(_trials(run, chip, names, samples, fine_steps, seed), console)
    result = _closing(found, figure, waves, window, console)
    close(result, as_json)
    if not result["agrees"]:
        raise typer.Exit(1)


def _window(sample: int | None, cycles: str | None) -> Window:
    """Return the part of the signals to write. cycles: FROM:TO. Raises `ConfigError`."""
    from ..cosim.waves.window import Window

    if cycles is None:
        return Window(sample)
    given = re.fullmatch(r"([0-9]{1,12}):([0-9]{1,12})", cycles)
    if given is None:
        raise ConfigError(f"--wave-cycles {cycles!r} must read FROM:TO, for instance 200:500")
    return Window(sample, (int(given[1]), int(given[2])))


def _trials(
    path: Path | None, chip: str | None, levels: list[str], samples: int, fine_steps: int | None, seed: int
) -> list[Trial]:
    """Return what to compare, of a run or of the built-in networks of a chip."""
    from ..cosim.trials import plan
    from ..training.agreement import plan_built_in, subject_of_run

    if path is None:
        return plan_built_in(chip or "bss2", levels, samples, fine_steps, seed)
    if chip is not None:
        raise ConfigError("a run has its chip; --chip is for the built-in networks, leave out one of them")
    return plan(subject_of_run(path, samples), levels, fine_steps)


def _compare(trials: list[Trial], console: Console) -> list[Comparison]:
    """Compare levels, and print what was found."""
    from ..cosim.agree import compare
    from .meter import Meter

    found = []
    with Meter("agree", sum(trial.subject.spikes.samples for trial in trials), not console.quiet) as bar:
        for trial in trials:
            bar.describe(" and ".join(trial.levels))
            found.append(compare(trial, bar.advance))
    print_comparisons(found, console)
    return found


def _closing(
    found: list[Comparison], figure: Path | None, waves: Path | None, window: Window, console: Console
) -> Result:
    """Draw and write what shows the comparisons, and return them as plain values."""
    from ..training.agreement import plain

    if figure is not None:
        from ..training.figures.agreement import draw_agreement

        shown = max(found, key=lambda each: (not each.agrees, each.first is not None))
        draw_agreement(shown, figure)
        note(console, f"rasters of {' and '.join(shown.trial.levels)}: {figure}")
    comparisons = [plain(each) | _write_waves(each, waves, window, console) for each in found]
    return {"agrees": all(each.agrees for each in found), "comparisons": comparisons}


def _write_waves(each: Comparison, folder: Path | None, window: Window, console: Console) -> Result:
    """Write the signals of a comparison whose levels differ, or of any if a folder was named."""
    from ..training.agreement import write_waves

    if each.agrees and folder is None:
        return {"waves": None}
    shown = write_waves(each, folder or Path("waves"), window)
    if shown.signal is not None:
        note(console, f"first signal that differs: {shown.signal}")
    note(console, f"waves of {' and '.join(each.trial.levels)}, for Surfer or GTKWave: {shown.path}")
    return {"waves": str(shown.path)}
