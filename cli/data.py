"""`inloop data`: which data sets are there, and how to get what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from ..errors import ConfigError
from .options import Json
from .output import Result, close, console_for, note

if TYPE_CHECKING:
    from ..training.datasets.data_file import DataFile

app = typer.Typer(invoke_without_command=True)


@app.callback()
def data(context: typer.Context, as_json: Json = False) -> None:
    """Show which data sets are there, what is missing and where to put it.

    [bold]inloop data[/bold]  looks into the folder that INLOOP_DATA names, else into ~/.local/share/inloop.
    [bold]inloop data fetch mnist[/bold]  downloads what is missing.
    """
    if context.invoked_subcommand is None:
        close(_show(console_for(as_json)), as_json)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="mnist, fashion-mnist or shd.")], as_json: Json = False) -> None:
    """Download a data set from its canonical mirrors, with checksums.

    [bold]inloop data fetch mnist[/bold]  makes [bold]inloop train mnist[/bold] possible.
    """
    close(_fetch(name, console_for(as_json)), as_json)


def _show(console: Console) -> Result:
    from ..training.datasets.store import data_root, status
    from ..training.registries import DATASETS

    file = Column("file", overflow="fold")
    table = Table("data set", file, "state", "bytes", title=f"data in {escape(str(data_root()))}")
    result: Result = {"root": str(data_root()), "datasets": {}}
    remedies: dict[str, str] = {}
    for name in DATASETS.names():
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
            remedies[name] = states[0].file.remedy
        result["datasets"][name] = {"ready": ready, "files": {str(s.path): s.state for s in states}}
    console.print(table)
    for name, remedy in remedies.items():
        console.print(f"{name}: {escape(remedy)}, or put the files where the table says", soft_wrap=True)
    return result


def _fetch(name: str, console: Console) -> Result:
    from ..training.datasets.fetch import fetch as download
    from ..training.datasets.store import data_root
    from ..training.registries import DATASETS
    from .meter import Meter

    files = DATASETS.get(name).files
    if not files:
        raise ConfigError(f"{name} is generated, there is nothing to fetch")
    total = sum(file.size or 0 for file in files)
    with Meter("fetch", total, not console.quiet, unit="byte") as bar:
        seen: dict[str, int] = {}

        def progress(file: DataFile, done: int, _: int | None) -> None:
            bar.advance(done - seen.get(file.name, 0))
            bar.describe(file.name)
            seen[file.name] = done

        paths = download(name, progress)
    note(console, f"{name}: complete in {data_root()}")
    return {"dataset": name, "files": [str(path) for path in paths]}
