"""Builds are trusted only when complete, are shared between processes, and differ whenever their input differs."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.cocotb import runner
from tests.cocotb.bench_counter import count
from tests.cocotb.runner import Design, Simulation, build

COUNTER = """
module counter (clock, reset, value);
input clock;
input reset;
output [3:0] value;
reg [3:0] value;
always @(posedge clock) value <= reset ? 4'd0 : value + 4'd1;
endmodule
"""
DESIGN = Design("counter", COUNTER)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(runner, "CACHE", tmp_path)
    return tmp_path


def icarus() -> None:
    if reason := runner.available("icarus"):
        pytest.skip(reason)


def test_names_differ_whenever_the_build_would() -> None:
    designs = [DESIGN, Design("counter", COUNTER + " "), Design("counter", COUNTER, coverage=True)]
    keys = {d.key(simulator, waves) for d in designs for simulator in runner.SIMULATORS for waves in (False, True)}
    assert len(keys) == len(designs) * 4


def test_a_build_is_reused(cache: Path) -> None:
    icarus()
    first = build(DESIGN, "icarus")
    stamp = (first / "sim.vvp").stat().st_mtime_ns
    assert build(DESIGN, "icarus") == first
    assert (first / "sim.vvp").stat().st_mtime_ns == stamp
    assert [entry.name for entry in cache.iterdir()] == [first.name]


def test_an_interrupted_build_is_not_trusted(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    icarus()

    def interrupt(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", interrupt)
        with pytest.raises(KeyboardInterrupt):
            build(DESIGN, "icarus")
    assert list(cache.iterdir()) == []
    (cache / f".{DESIGN.key('icarus', False)}-left-over").mkdir()  # of a process that was killed
    assert (build(DESIGN, "icarus") / "sim.vvp").is_file()


def test_parallel_builds_do_not_disturb_each_other(cache: Path) -> None:
    icarus()
    with ThreadPoolExecutor(4) as pool:
        folders = list(pool.map(lambda _: build(DESIGN, "icarus"), range(4)))
    assert len(set(folders)) == 1
    assert [entry.name for entry in cache.iterdir()] == [folders[0].name]


def test_verilog_that_does_not_compile_shows_the_message(cache: Path) -> None:
    icarus()
    with pytest.raises(RuntimeError, match=r"icarus cannot build counter:\n.*error"):
        build(Design("counter", COUNTER.replace("endmodule", "")), "icarus")
    assert list(cache.iterdir()) == []


@pytest.mark.usefixtures("cache")
def test_calls_and_their_errors(tmp_path: Path) -> None:
    icarus()
    folder = tmp_path / "run"
    folder.mkdir()
    simulation = Simulation(DESIGN, "icarus", folder).start()
    try:
        assert simulation.call(count, 20) == [n % 16 for n in range(20)]
        assert simulation.calls == 1
        assert simulation.cycles in (22, 23)  # with the cycles of the reset
        with pytest.raises(ValueError, match="-1 cycles"):
            simulation.call(count, -1)
        with pytest.raises(TimeoutError):
            simulation.call(count, 10_000, limit_us=10)
        assert simulation.call(count, 3) == [0, 1, 2]
    finally:
        simulation.stop()
    assert not simulation.alive


@pytest.mark.usefixtures("cache")
def test_waves(tmp_path: Path) -> None:
    icarus()
    folder = tmp_path / "waves"
    folder.mkdir()
    simulation = Simulation(DESIGN, "icarus", folder, waves=True).start()
    simulation.call(count, 5)
    simulation.stop()
    assert (folder / "counter.fst").stat().st_size > 0
