"""The list of chips: every layer finds its part of each, and nothing asks of which class a design is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from inloop.chips import CHIPS, ChipParts, design, parts_of, presets
from inloop.errors import ConfigError

ROOT = Path(__file__).parents[1]
PARTS = (("behavioral", "spec:PRESETS"), ("rtl", "hardware:HARDWARE"), ("cosim", "bridge:BRIDGE"))
"""What every chip has to bring, beside what its own modules share."""


@pytest.mark.parametrize("chip", CHIPS.names())
def test_every_layer_has_its_part(chip: str) -> None:
    parts = CHIPS.get(chip)
    assert all(parts.part(layer, what) is not None for layer, what in PARTS)
    for name, spec in parts.part("behavioral", "spec:PRESETS").items():
        assert spec.name == name
        assert parts_of(spec) is parts
        assert presets()[name] is design(name) is spec


def test_what_is_not_listed_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"unknown chip preset 'bss3'; known: bss1, bss1-tiny, bss2, tiny"):
        design("bss3")
    with pytest.raises(ConfigError, match="must be of type ChipParts"):
        CHIPS.register("mine", "inloop.{layer}.mine")  # type: ignore[arg-type]
    assert CHIPS.find(ChipParts("mine", "mine.{layer}")).name == "mine"


def test_nothing_asks_for_the_class_of_a_design() -> None:
    found = []
    for layer in ("behavioral", "rtl", "cosim", "training", "cli"):
        for file in (ROOT / layer).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                is_check = (
                    isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "isinstance"
                )
                if is_check and {"ChipSpec", "Bss1Spec"} & {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}:
                    found.append(f"{file.relative_to(ROOT)}:{node.lineno}")
    assert not found
