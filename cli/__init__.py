"""The command `inloop`: one file a group of commands, which parses options, calls the layers and prints.

What a command does lives in the layers. Heavy imports happen inside the commands, so that --help answers at once.
"""

from __future__ import annotations

import sys
from importlib.metadata import version as package_version
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..errors import ConfigError
from . import agree, chip, data, evaluate, reproduce, train, verify, verilog
from .terminal import Interrupted, guarded, run_process

__all__ = ["app", "guarded", "main"]


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
        """Show the progress of what takes long, and let an interruption pass through typer."""
        from ..training.progress import shown_by
        from .meter import Meter

        try:
            with shown_by(Meter):
                return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Interrupted(*error.args) from None


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
for _command in (
    train.train, evaluate.evaluate, reproduce.reproduce, reproduce.report, agree.agree, verilog.verilog, verify.verify,
):  # fmt: skip
    app.command()(_command)
app.add_typer(chip.app, name="chip", short_help="Show a chip and its die, or where a network sits on it.")
app.add_typer(data.app, name="data", short_help="Show which data sets are there, and fetch what is missing.")


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


def main() -> None:
    """Run the command line: 0 done, 2 bad input with one line on standard error, 130 interrupted."""
    sys.exit(run_process(lambda: app(standalone_mode=False)))
