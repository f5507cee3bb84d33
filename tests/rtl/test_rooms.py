"""What all chips share knows none of them: only the folder of a chip and what is reached by its name do."""

from __future__ import annotations

from pathlib import Path

import inloop
import pytest

from tests.test_layers import ROOT, imported

CHIPS = {file.parent.name for file in (Path(inloop.__file__).parent / "rtl").glob("*/top.py")}


@pytest.mark.parametrize("folder", ["rtl", "rtl/lib", "rtl/convert"])
def test_what_is_shared_knows_no_chip(folder: str) -> None:
    assert {"bss1", "bss2"} <= CHIPS
    files = sorted((ROOT / folder).glob("*.py"))
    assert files
    for file in files:
        known = {part for parts in imported(file, file.relative_to(ROOT).parent.parts) for part in parts}
        assert not known & CHIPS, file


@pytest.mark.parametrize("chip", sorted(CHIPS))
def test_a_chip_knows_no_other(chip: str) -> None:
    for file in sorted((ROOT / "rtl" / chip).glob("*.py")):
        known = {part for parts in imported(file, file.relative_to(ROOT).parent.parts) for part in parts}
        assert known & CHIPS <= {chip}, file
