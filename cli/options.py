"""Options that several commands share."""

from __future__ import annotations

from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print the closing result as one line of JSON, nothing else.")]
Die = Annotated[int | None, typer.Option(help="Seed of the die: which manufactured chip this is.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change any field, for instance --set training.epochs=5; may be repeated."),
]


def change_of_the_chip(example: str) -> Any:
    """Return the option `--set` of commands that take fields of a chip alone."""
    return typer.Option("--set", help=f"Change a field of the chip, for instance --set {example}; may be repeated.")
