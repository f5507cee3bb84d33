"""Comparisons of levels as a table: quantities, tolerances, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .output import note

if TYPE_CHECKING:
    from ..cosim.agree import Comparison
    from ..cosim.quantities import Divergence, Quantity


def print_comparisons(found: Sequence[Comparison], console: Console) -> None:
    """Print the quantities of all comparisons in one table, then where levels first differ."""
    table = Table("quantity", "figure", "tolerance", "verdict")
    for number, each in enumerate(found):
        trial = each.trial
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


def _difference(each: Comparison, first: Divergence) -> str:
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
