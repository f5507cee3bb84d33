"""The Verilog of random designs is clean for the linter: no index beyond a vector, no width that does not fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.errors import ConfigError
from inloop.rtl.bss1 import buildable as hicann
from inloop.rtl.bss2.buildable import check_buildable
from inloop.rtl.convert.export import design_files
from inloop.rtl.convert.verilog import module_name

from tests.cosim.bss2.random_designs import chip_case, wafer_case
from tests.rtl.convert.test_verilog import lint

CHUNK = 20


def chip(seed: int) -> ChipSpec:
    return check_buildable(chip_spec("tiny").with_fields(**chip_case(seed).fields))


def wafer(seed: int) -> Bss1Spec:
    return hicann.check_buildable(bss1_spec("bss1-tiny").with_fields(**wafer_case(seed).fields))


def check(draw: Callable[[int], ChipSpec | Bss1Spec], seeds: range, folder: Path) -> int:
    """Lint the designs that can be built and return how many there are."""
    clean = 0
    for seed in seeds:
        try:
            spec = draw(seed)
        except ConfigError:
            continue
        place = folder / str(seed)
        place.mkdir()
        for name, text in design_files(spec).items():
            (place / name).write_text(text)
        top = module_name(spec)
        done = lint(place, top, str(place / f"{top}_lint.vlt"))
        assert done.returncode == 0, f"seed {seed}: {done.stderr}"
        assert "%Warning" not in done.stderr, f"seed {seed}: {done.stderr}"
        clean += 1
    return clean


@pytest.mark.parametrize("draw", [chip, wafer])
def test_a_design(draw: Callable[[int], ChipSpec | Bss1Spec], tmp_path: Path) -> None:
    assert check(draw, range(1), tmp_path) == 1


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("draw", [chip, wafer])
@pytest.mark.parametrize("first", range(100, 200, CHUNK))
def test_many_designs(draw: Callable[[int], ChipSpec | Bss1Spec], first: int, tmp_path: Path) -> None:
    assert check(draw, range(first, first + CHUNK), tmp_path) > CHUNK / 2
