"""`inloop chip`: show a chip and its die."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from .chip_map import chip_map
from .options import Json, change_of_the_chip, parse_changes
from .output import Result, close, console_for, note, tell_followed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..behavioral.design import Design

    Quantities = dict[str, NDArray[np.float64]]


class _ChipCommands(TyperGroup):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take `inloop chip …` without the name of a command as `inloop chip show …`."""
        named = args and (args[0] in self.commands or args[0] == "--help")
        return super().parse_args(ctx, args if named else ["show", *args])


app = typer.Typer(cls=_ChipCommands)


@app.callback()
def chip() -> None:
    """Show a chip and its die, or where a network sits on it.

    [bold]inloop chip bss2 --die 7 --figure die.png[/bold]  shows and draws what training has to correct on die 7.
    [bold]inloop chip map mnist[/bold]  places a network; [bold]inloop chip show --help[/bold]  has all options.
    """


@app.command()
def show(
    preset: Annotated[str, typer.Argument(help="Chip preset: bss2, bss1 (a HICANN of the wafer) or tiny.")] = "bss2",
    die: Annotated[int, typer.Option(help="Seed of the die.")] = 0,
    calibration: Annotated[
        str | None, typer.Option(help="perfect, calibrated (default of bss1) or uncalibrated (default of the others).")
    ] = None,
    changes: Annotated[list[str] | None, change_of_the_chip("weight_bits=4")] = None,
    figure: Annotated[Path | None, typer.Option(help="Draw the spread of the die into this PNG file.")] = None,
    as_json: Json = False,
) -> None:
    """Show a chip design and the fixed-pattern deviations of one die.

    [bold]inloop chip bss2 --die 7 --figure die.png[/bold]  shows and draws what training has to correct on die 7.
    [bold]inloop chip bss2 --set clock_hz=25e6[/bold]  says which fields follow, and shows the design.
    """
    from ..chips import design
    from ..cosim.chip import Chip

    console, changed = console_for(as_json), parse_changes(changes or [])
    followed = tell_followed(design(preset), changed, console)
    spec = design(preset).with_fields(**changed)
    calibration = spec.usual_calibration if calibration is None else calibration
    drawn = Chip(spec, die, calibration)
    if figure is not None:
        from ..training.figures import check_figure, draw_chip

        check_figure(figure)
        draw_chip(drawn, figure)
    result = _print(spec, drawn.quantities(), die, calibration, console)
    if figure is not None:
        note(console, f"spread of the die: {figure}")
    close(result | followed, as_json)


app.command("map")(chip_map)


def _print(design: Design, quantities: Quantities, die: int, calibration: str, console: Console) -> Result:
    table = Table("field", "value", title=f"chip {design.to_dict()['name']}")
    for field, value in design.to_dict().items():
        table.add_row(field, f"{value:g}" if isinstance(value, float) else str(value))
    console.print(table)
    spread = Table("quantity", "mean", "std", "min", "max", title=f"die {die}, {calibration}")
    summary = {}
    for name, values in quantities.items():
        summary[name] = {"mean": float(values.mean()), "std": float(values.std())}
        shown = ("{:.3f}" if abs(values).max() > 1e-3 else "{:.3g}").format
        spread.add_row(name, *map(shown, (values.mean(), values.std(), values.min(), values.max())))
    console.print(spread)
    return {"chip": design.to_dict(), "die": die, "calibration": calibration, "spread": summary}
