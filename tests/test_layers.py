"""Arrows between the layers run one way, and what is for people at a terminal stays in the command line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("behavioral", "rtl", "cosim", "training", "cli")
"""Each may import those before it."""
FOR_PEOPLE = {"rich", "typer", "pytest"}


def imported(file: Path, package: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Yield the modules that a file imports, relative ones as parts from the root of the package."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (tuple(name.name.split(".")) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = tuple(node.module.split(".")) if node.module else ()
            base = ("inloop", *package[: len(package) - node.level + 1]) if node.level else ()
            yield from ([(*base, *parts, name.name) for name in node.names] if node.level else [parts])


def arrows(layer: str) -> set[tuple[str, str]]:
    """Return from which file of a layer which layer, or which package for people, is imported."""
    found = set()
    for file in sorted((ROOT / layer).rglob("*.py")):
        for parts in imported(file, file.relative_to(ROOT).parent.parts):
            target = parts[1] if parts[0] == "inloop" and len(parts) > 1 else parts[0]
            if target in (*LAYERS, *FOR_PEOPLE):
                found.add((str(file.relative_to(ROOT)), target))
    return found


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_what_is_below_it(layer: str) -> None:
    allowed = LAYERS[: LAYERS.index(layer) + 1]
    upwards = {(file, target) for file, target in arrows(layer) if target not in (*allowed, *FOR_PEOPLE)}
    assert upwards == set()


@pytest.mark.parametrize("layer", LAYERS[:-1])
def test_the_terminal_is_known_to_the_command_line_alone(layer: str) -> None:
    assert {(file, target) for file, target in arrows(layer) if target in FOR_PEOPLE} == set()


def test_arrows_are_seen() -> None:
    found = arrows("cli")
    assert {target for _, target in found} == {*LAYERS, "rich", "typer"}
    assert ("cli/train.py", "training") in found
