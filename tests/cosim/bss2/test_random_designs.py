"""Any design that can be built, any network, any storm: the digital levels see the same bit for bit, or refuse alike.

`event` and `rtl` run each design; every tenth is compiled, too, which takes longer than all the rest. Compiled without
optimisation, because a design is run once. Where the fabric itself is driven, all of its configuration is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.cosim.verilated import build, library
from inloop.errors import ConfigError
from inloop.rtl.bss2.buildable import check_buildable

from tests.cocotb.bss2.storms import agree as storms_agree
from tests.cosim.bss2.random_designs import Case, agree, chip_case, chip_result, wafer_case, wafer_result
from tests.rtl.bss2.simulation import run_rtl

FAST = 2
CHIPS, WAFERS, CHUNK = 400, 100, 20
"""Designs of the slow suite, 500 in all."""
COMPILED = 10
"""Of so many designs one is compiled."""
Result = Callable[[str, Case], Any]
KINDS = {"bss2": (chip_case, chip_result), "bss1": (wafer_case, wafer_result)}


@pytest.fixture
def quick_builds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compile without optimisation, and forget what was loaded."""
    plain = ("-O0", "-fPIC")
    monkeypatch.setattr(build, "COMPILE", plain)
    monkeypatch.setattr(build, "FLAGS", (*build.FLAGS, plain))
    library.functions.cache_clear()
    yield
    library.functions.cache_clear()


def check(kind: str, seeds: range) -> tuple[int, int]:
    """Let the levels agree; return how many designs ran and how many spikes they fired."""
    draw, result = KINDS[kind]
    ran = spikes = 0
    for seed in seeds:
        levels = ("event", "rtl", "verilog") if seed % COMPILED == 0 else ("event", "rtl")
        seen = agree(result, draw(seed), levels)
        if not isinstance(seen, str):
            ran += 1
            spikes += seen["counters"].get("hidden_spikes", 0) + seen["counters"].get("spikes", 0)
    return ran, spikes


@pytest.mark.timeout(900)  # the first time kernels and designs are compiled
@pytest.mark.usefixtures("quick_builds")
@pytest.mark.parametrize("kind", KINDS)
def test_a_few_designs(kind: str) -> None:
    ran, spikes = check(kind, range(10, 10 + FAST))
    assert ran == FAST
    assert spikes > 0


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.usefixtures("quick_builds")
@pytest.mark.parametrize(
    ("kind", "first"),
    [
        (kind, first)
        for kind, count in (("bss2", CHIPS), ("bss1", WAFERS))
        for first in range(1000, 1000 + count, CHUNK)
    ],
)
def test_many_designs(kind: str, first: int) -> None:
    ran, spikes = check(kind, range(first, first + CHUNK))
    assert ran >= CHUNK / 2, "most designs are refused"
    assert spikes > CHUNK


def check_fabric(seeds: range) -> int:
    """Play a storm on the fabric of each design that can be built, with a configuration of all its parts."""
    played = 0
    for seed in seeds:
        try:
            spec = check_buildable(chip_spec("tiny").with_fields(**chip_case(seed).fields))
        except ConfigError:
            continue
        storms_agree(spec, [seed], run_rtl, shrink=False)
        played += 1
    return played


def test_the_fabric_of_a_design() -> None:
    assert check_fabric(range(1)) == 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("first", range(2000, 2100, CHUNK))
def test_the_fabrics_of_many_designs(first: int) -> None:
    assert check_fabric(range(first, first + CHUNK)) > CHUNK / 2


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"link_channels": 8}, "must leave 3 of 16 bits for the link"),
        ({"link_channels": 9, "label_bits": 12}, "no less than padi_buses and link_channels"),
        ({"columns": 24}, "must be a power of two, 2 at least and 4096 at most"),
        ({"columns": 8192}, "must be a power of two, 2 at least and 4096 at most"),
        ({"address_bits": 11}, "must exceed neuron address and event output"),
        ({"stp_state_bits": 40}, "must be 9 to 32"),
        ({"background_lfsr_steps": 10**9}, "must be 1 to 256"),
        ({"background_sources": 100}, "must be 1 to 64"),
        ({"name": "my chip"}, "to be part of a module name"),
    ],
)
def test_what_cannot_be_built_is_refused_alike(fields: dict[str, Any], rule: str) -> None:
    case = Case(0, "tiny", fields, chip_case(0).network)
    refusal = agree(chip_result, case, ("event", "rtl", "verilog"))
    assert rule in refusal
    assert len(refusal) <= 300


def test_a_wafer_chip_that_cannot_be_built_is_refused_alike() -> None:
    refusal = agree(
        wafer_result, Case(0, "bss1-tiny", {"foreign_lines": 9}, wafer_case(0).network), ("event", "verilog")
    )
    assert "Bss1Spec.lines = 17 cannot be built" in refusal
