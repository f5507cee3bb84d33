"""The command `inloop`: one file of thin commands; what they do lives in `training/` and `cosim/`.

Heavy imports happen inside the commands, so that --help answers at once.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from .errors import ConfigError
from .terminal import Interrupted, guarded, run_process


class _Commands(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Refuse what is no text, which could be neither recorded nor printed, and what would be the current folder."""
        for each in args:
            if not each.isprintable() and any("\ud800" <= character <= "\udfff" for character in each):
                raise ConfigError(f"argument {each!r} is no text in UTF-8; rename the file or set the locale")
            name, equals, value = each.partition("=")
            if not each or (equals and not value and name.startswith("--")):
                raise ConfigError(f"{name or 'an argument'} is empty; give a name, or leave it out")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Let an interruption pass through typer."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted(*error.args) from None


class _ChipCommands(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `inloop chip …` without the name of a command as `inloop chip show …`."""
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["show", *args])


__all__ = ["app", "guarded", "main"]

app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
data_app = typer.Typer(invoke_without_command=True)
chip_app = typer.Typer(cls=_ChipCommands)
app.add_typer(chip_app, name="chip", short_help="Show a chip and its die, or where a network sits on it.")
app.add_typer(data_app, name="data", short_help="Show which data sets are there, and fetch what is missing.")

Json = Annotated[bool, typer.Option("--json", help="Print the closing result as one line of JSON, nothing else.")]
Fidelity = Annotated[
    str | None,
    typer.Option(
        help="Level of the forward pass: ideal (software), behavioral (the chip as numbers), event (and its digital "
        "spike path, cycle by cycle), verilog (that path as compiled Verilog) or rtl (as MyHDL, for a few samples)."
    ),
]
Die = Annotated[int | None, typer.Option(help="Seed of the die: which manufactured chip this is.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change any field, for instance --set training.epochs=5; may be repeated."),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"inloop {package_version('inloop')}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Train spiking networks in the loop with a layered model of an analog neuromorphic chip.

    Begin with [bold]inloop train yin-yang[/bold], then look into the run folder that it names.
    """


@app.command()
def train(
    preset: Annotated[str | None, typer.Argument(help="yin-yang, mnist, …, or a TOML file; see --list.")] = None,
    fidelity: Fidelity = None,
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
    [bold]inloop train mnist --from runs/A --die 8 --epochs 3[/bold]  repairs a trained network on another die.
    """
    from .training import commands
    from .training.config import load_config, parse_changes, preset_names

    if list_presets:
        names = preset_names()
        _console(as_json).print("\n".join(names), markup=False, highlight=False)
        _close({"presets": names}, as_json)
        return
    if resume is not None:
        fixed: dict[str, Any] = {
            "PRESET": preset,
            "--fidelity": fidelity,
            "--die": die,
            "--seed": seed,
            "--device": device,
            "--epochs": epochs,
        }
        fixed |= {"--set": changes, "--run": run, "--from": start_from}
        given = [name for name, value in fixed.items() if value is not None and value != []]
        if given:
            raise ConfigError(f"--resume continues a run as it was configured; drop {', '.join(given)}")
        _close(commands.resume(resume, figures, _console(as_json)), as_json)
        return
    if preset is None:
        raise ConfigError("name a preset (see --list) or --resume a run")
    named = {"fidelity": fidelity, "die": die, "seed": seed, "device": device, "training.epochs": epochs}
    config = load_config(preset, parse_changes(changes or [], named))
    _close(commands.train(config, run, start_from, figures, _console(as_json)), as_json)


@app.command()
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
    from .training import commands
    from .training.config import parse_changes

    every = fidelity == "all"
    fields = parse_changes(changes or [], {"fidelity": None if every else fidelity, "die": die})
    if every:
        from .training.every_level import evaluate_every_level

        _close(evaluate_every_level(run, fields, samples, _console(as_json)), as_json)
        return
    _close(commands.evaluate(run, fields, samples, _console(as_json)), as_json)


@app.command()
def reproduce(
    name: Annotated[str | None, typer.Argument(help="Name of an experiment (see --list), or all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="A short version, minutes: shows the method.")] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the results; default results/full or results/quick.")
    ] = None,
    fidelity: Annotated[str, typer.Option(help="Level of what runs on the chip.")] = "behavioral",
    seeds: Annotated[int | None, typer.Option(min=1, help="Repetitions, each with another die.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Trials at a time, one core each; default: all cores.")] = None,
    list_names: Annotated[bool, typer.Option("--list", help="Print the names of the experiments.")] = False,
    as_json: Json = False,
) -> None:
    """Run a published experiment on the chip model, and put its figures beside the published ones.

    [bold]inloop reproduce benchmarks --quick[/bold]  takes minutes; look at results/quick/report.html.
    Interrupted, the same command goes on where it was. The exit code is 1 if trials failed; the others are kept.
    """
    from .training.experiments import commands
    from .training.experiments.experiment import Settings

    if list_names:
        _close(commands.listing(_console(as_json)), as_json)
        return
    if name is None:
        raise ConfigError("name an experiment (see --list), or all")
    result = commands.reproduce(name, Settings(quick, fidelity, seeds), out, jobs, _console(as_json))
    _close(result, as_json)
    if result["failed"]:
        raise typer.Exit(1)


@app.command()
def report(
    folder: Annotated[Path, typer.Argument(help="Folder of results that `inloop reproduce` left.")],
    as_json: Json = False,
) -> None:
    """Rebuild tables, figures and report.html from stored results alone.

    [bold]inloop report results/quick[/bold]  computes nothing anew.
    """
    from .training.experiments import commands

    _close(commands.report(folder, _console(as_json)), as_json)


@app.command()
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
        typer.Option(help="bss1 or bss1-tiny: a built-in network of rates on a wafer; levels event, rtl, verilog."),
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
    from .training.agreement import Waves, agree_wafer
    from .training.agreement import agree as compare

    signals = Waves.parse(waves, wave_sample, wave_cycles)
    if chip is None:
        result = compare(run, levels, samples, fine_steps, seed, figure, signals, _console(as_json))
    elif any(given is not None for given in (run, fine_steps, figure, waves)):
        raise ConfigError("--chip compares a built-in network of rates: leave out the run, grid, figure and waves")
    else:
        result = agree_wafer(chip, levels, samples, seed, _console(as_json))
    _close(result, as_json)
    if not result["agrees"]:
        raise typer.Exit(1)


@chip_app.callback()
def chip() -> None:
    """Show a chip and its die, or where a network sits on it.

    [bold]inloop chip bss2 --die 7 --figure die.png[/bold]  shows and draws what training has to correct on die 7.
    [bold]inloop chip map mnist[/bold]  places a network; [bold]inloop chip show --help[/bold]  has all options.
    """


@chip_app.command()
def show(
    preset: Annotated[str, typer.Argument(help="Chip preset: bss2, bss1 (a HICANN of the wafer) or tiny.")] = "bss2",
    die: Annotated[int, typer.Option(help="Seed of the die.")] = 0,
    calibration: Annotated[
        str | None, typer.Option(help="perfect, calibrated (default of bss1) or uncalibrated (default of the others).")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field of the chip, for instance --set weight_bits=4; may be repeated."),
    ] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the spread of the die into this PNG file.")] = None,
    as_json: Json = False,
) -> None:
    """Show a chip design and the fixed-pattern deviations of one die.

    [bold]inloop chip bss2 --die 7 --figure die.png[/bold]  shows and draws what training has to correct on die 7.
    [bold]inloop chip bss2 --set clock_hz=25e6[/bold]  says which fields follow, and shows the design.
    """
    from .training import commands
    from .training.config import parse_changes

    fields = parse_changes(changes or [])
    _close(commands.show_chip(preset, die, calibration, fields, figure, _console(as_json)), as_json)


@chip_app.command("map")
def chip_map(
    what: Annotated[
        str, typer.Argument(metavar="RUN|PRESET|SIZES", help="Run folder, preset, or sizes; 70-186r-20: recurrent.")
    ],
    preset: Annotated[str | None, typer.Option("--chip", help="Chip preset; default: the chip of the run.")] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field of the chip, for instance --set rows=128; may be repeated."),
    ] = None,
    out: Annotated[Path, typer.Option(help="PNG file for the figure.")] = Path("chip-map.png"),
    as_json: Json = False,
) -> None:
    """Place a network on the chip, print what it uses of what there is, and draw where.

    [bold]inloop chip map mnist[/bold]  draws the rows, columns, buses, labels and crossbar nodes of a preset.
    [bold]inloop chip map 70-186r-20 --out map.png[/bold]  asks whether a network fits; r marks a recurrent layer.
    """
    from .training.config import parse_changes
    from .training.placement import show_map

    fields = parse_changes(changes or [])
    _close(show_map(what, preset, fields, out, _console(as_json)), as_json)


@app.command()
def verilog(
    out: Annotated[Path, typer.Option(help="Folder for the files; it is made if needed.")],
    preset: Annotated[str, typer.Option("--chip", help="Chip preset: bss2, bss1, tiny or bss1-tiny.")] = "bss2",
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", help="Change a field of the chip, for instance --set link_in_depth=32; may be repeated."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write the digital spike path of a chip as Verilog, with its register page and a template to instantiate it.

    [bold]inloop verilog --chip bss2 --out hardware[/bold]  writes one file per block.
    [bold]inloop verilog --chip bss1 --out hardware[/bold]  the same for HICANN, the chip of BrainScaleS-1.
    """
    from .chips import design
    from .files import write_folder
    from .rtl.convert.export import design_files
    from .rtl.convert.verilog import module_name
    from .training.config import parse_changes

    fields = parse_changes(changes or [])
    for sentence in design(preset).followed(**fields).values():
        _console(as_json).print(sentence, markup=False, highlight=False, soft_wrap=True)
    spec = design(preset).with_fields(**fields)
    files = design_files(spec)
    write_folder(out, files)
    _console(as_json).print(f"{out}: {len(files)} files, top module {module_name(spec)}", markup=False, soft_wrap=True)
    _close({"chip": spec.name, "folder": str(out), "top": module_name(spec), "files": sorted(files)}, as_json)


@app.command()
def verify(
    simulator: Annotated[str, typer.Option(help="verilator, icarus or all (what is installed).")] = "all",
    slow: Annotated[bool, typer.Option("--slow", help="Also the benches that take minutes to hours.")] = False,
    as_json: Json = False,
) -> None:
    """Verify the generated Verilog with the benches of the source checkout, and print one table.

    [bold]inloop verify --simulator verilator[/bold]  needs no system package but g++, make and perl.
    Exit code 1 means that the Verilog disagrees with its contract.
    """
    from .rtl.verify import verify as run_benches

    result = run_benches(simulator, slow, _console(as_json))
    _close(result, as_json)
    if not result["agreed"]:
        raise typer.Exit(1)


@data_app.callback()
def data(context: typer.Context, as_json: Json = False) -> None:
    """Show which data sets are there, what is missing and where to put it.

    [bold]inloop data[/bold]  looks into the folder that INLOOP_DATA names, else into ~/.local/share/inloop.
    [bold]inloop data fetch mnist[/bold]  downloads what is missing.
    """
    from .training import commands

    if context.invoked_subcommand is None:
        _close(commands.data_status(_console(as_json)), as_json)


@data_app.command()
def fetch(name: Annotated[str, typer.Argument(help="mnist, fashion-mnist or shd.")], as_json: Json = False) -> None:
    """Download a data set from its canonical mirrors, with checksums.

    [bold]inloop data fetch mnist[/bold]  makes [bold]inloop train mnist[/bold] possible.
    """
    from .training import commands

    _close(commands.fetch(name, _console(as_json)), as_json)


def _console(as_json: bool) -> Console:
    """Return where tables and notes go: nowhere if only JSON is wanted."""
    return Console(quiet=as_json)


def _close(result: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))


def main() -> None:
    """Run the command line: 0 done, 2 bad input with one line on standard error, 130 interrupted."""
    sys.exit(run_process(lambda: app(standalone_mode=False)))
