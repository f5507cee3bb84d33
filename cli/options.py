"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..errors import ConfigError, shown

Json = Annotated[bool, typer.Option("--json", help="Print the closing result as one line of JSON, nothing else.")]
Die = Annotated[int | None, typer.Option(help="Seed of the die: which manufactured chip this is.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="Change any field, for instance --set training.epochs=5; may be repeated."),
]


def change_of_the_chip(example: str) -> Any:
    """Return the option `--set` of commands that take fields of a chip alone."""
    return typer.Option("--set", help=f"Change a field of the chip, for instance --set {example}; may be repeated.")


def parse_change(text: str) -> tuple[str, Any]:
    """Split `training.epochs=5` into field and TOML value; what is no TOML value is taken as a string."""
    from ..training.reading import parse_toml

    field, equals, value = text.partition("=")
    if not equals or not field.strip():
        raise ConfigError(f"--set {text!r} must read FIELD=VALUE, for instance training.epochs=5")
    try:
        parsed = parse_toml(f"v = {value}", field)
    except ConfigError:
        return field.strip(), value.strip()
    return field.strip(), parsed["v"] if parsed.keys() == {"v"} else value.strip()


def parse_changes(texts: Sequence[str], named: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the fields that a command line changes. named: those with an option of their own; None: it is not given.

    Raises `ConfigError` for what cannot be read, and for a field that is given twice with different values.
    """
    given: dict[str, Any] = {}
    options = [(field, value) for field, value in (named or {}).items() if value is not None]
    for field, value in [*options, *map(parse_change, texts)]:
        for other in given:
            if field.startswith(f"{other}.") or other.startswith(f"{field}."):
                raise ConfigError(f"{field} is part of {other}, or the other way round; give one of them")
        if field in given and given[field] != value:
            raise ConfigError(f"{field} is given twice, {shown(given[field])} and {shown(value)}; give it once")
        given[field] = value
    return given
