"""`inloop reproduce` and `inloop report`: published experiments, and pages of what they gave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ..errors import ConfigError
from .options import Json
from .output import Result, close, console_for, note
from .screen import print_table

if TYPE_CHECKING:
    from ..training.experiments.experiment import Table
    from ..training.experiments.report import Section
    from ..training.experiments.reproduction import Pending
    from ..training.experiments.runner import Work


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
    from ..training.experiments.experiment import Settings
    from ..training.experiments.reproduction import begun

    console = console_for(as_json)
    if list_names:
        close(_list(console), as_json)
        return
    if name is None:
        raise ConfigError("name an experiment (see --list), or all")
    with begun(name, Settings(quick, fidelity, seeds), out, jobs) as pending:
        failed = _run(pending, console)
        result = {**_report(pending.root, pending.names, console), "failed": failed}
    close(result, as_json)
    if failed:
        raise typer.Exit(1)


def report(
    folder: Annotated[Path, typer.Argument(help="Folder of results that `inloop reproduce` left.")],
    as_json: Json = False,
) -> None:
    """Rebuild tables, figures and report.html from stored results alone.

    [bold]inloop report results/quick[/bold]  computes nothing anew.
    """
    close(_report(folder, None, console_for(as_json)), as_json)


def _list(console: Console) -> Result:
    from ..training.experiments.registry import EXPERIMENTS

    console.print("\n".join(EXPERIMENTS), markup=False, highlight=False)
    return {
        "experiments": [{"name": each.name, "title": each.title, "cost": each.cost} for each in EXPERIMENTS.values()]
    }


def _run(pending: Pending, console: Console) -> dict[str, str]:
    """Run trials and return what went wrong, by experiment and trial."""
    from ..training.experiments.runner import run_all
    from .meter import Meter

    failed: dict[str, str] = {}
    missing, kept = len(pending.work), pending.wanted - len(pending.work)
    if kept:
        note(console, f"{kept} of {pending.wanted} trials are there already")
    with Meter(f"{missing} trials, {pending.jobs} at a time", missing, not console.quiet, unit="trial") as bar:

        def done(each: Work, problem: str | None) -> None:
            bar.advance(1)
            if problem is not None:
                failed[each.name] = problem
                note(console, f"{each.name} failed: {problem}")
            bar.describe(f"{each.trial.name}" + (f", {len(failed)} failed" if failed else ""))

        try:
            run_all(pending.work, pending.jobs, done)
        except KeyboardInterrupt:
            raise KeyboardInterrupt("finished trials are kept, the same command goes on with the rest") from None
    return failed


def _report(root: Path, names: tuple[str, ...] | None, console: Console) -> Result:
    """Write the report and print the tables of the experiments named, or of all."""
    from ..training.experiments.reproduction import write_report

    def written(each: Section) -> None:
        note(console, f"\n{each.experiment.title}: {each.trials} trials")
        for table in each.parts.tables:
            print_table(table, console)

    page, sections = write_report(root, names, written)
    note(console, f"report: {page}")
    return {"report": str(page), "experiments": {each.experiment.name: _plain(each) for each in sections}}


def _plain(each: Section) -> Result:
    def plain(table: Table) -> Result:
        return {
            "title": table.title, "columns": list(table.columns), "rows": [list(line) for line in table.rows],
            "note": table.note,
        }  # fmt: skip

    folder = str(each.folder)
    return {"folder": folder, "trials": each.trials, "tables": [plain(table) for table in each.parts.tables]}
