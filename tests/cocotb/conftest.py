"""Fixtures of the benches: simulations that stay alive for a session, on each chosen simulator.

A file of benches names in `SLOW_ON` the simulators on which it takes too long for the fast suite.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cocotb.runner import ROOT, SIMULATORS, Design, Simulation, available

Simulate = Callable[..., Simulation]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "simulator" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--simulator")
        names = SIMULATORS if chosen == "all" else (chosen,)
        reasons = {name: available(name) for name in names}
        marks = {name: [pytest.mark.skip(reason=reason)] if reason else [] for name, reason in reasons.items()}
        for name in getattr(metafunc.module, "SLOW_ON", ()):
            marks.get(name, []).append(pytest.mark.slow)
        metafunc.parametrize("simulator", [pytest.param(name, marks=marks[name]) for name in names], scope="session")


@pytest.fixture(scope="session")
def simulations() -> Iterator[dict[str, Simulation]]:
    running: dict[str, Simulation] = {}
    yield running
    for simulation in running.values():
        simulation.stop()


@pytest.fixture(scope="session")
def simulate(simulator: str, simulations: dict[str, Simulation], pytestconfig: pytest.Config) -> Simulate:
    """Return a function that gives the running simulation of a design; a design is started once for each use."""

    def get(design: Design, use: str = "") -> Simulation:
        waves = pytestconfig.getoption("--waves")
        key = design.key(simulator, waves) + use
        if key not in simulations or not simulations[key].alive:
            if waves:
                folder = ROOT / "build" / "waves" / f"{design.top}{use}-{simulator}"
                folder.mkdir(parents=True, exist_ok=True)
            else:
                folder = Path(tempfile.mkdtemp(prefix="bench-"))
            simulations[key] = Simulation(design, simulator, folder, waves).start()
        return simulations[key]

    return get


@pytest.fixture(autouse=True)
def effort(simulations: dict[str, Simulation], record_property: Callable[[str, object], None]) -> Iterator[None]:
    """Note how many configurations and cycles a test took, for the report."""

    def spent() -> tuple[int, int]:
        return sum(s.calls for s in simulations.values()), sum(s.cycles for s in simulations.values())

    before = spent()
    yield
    calls, cycles = spent()
    record_property("configurations", calls - before[0])
    record_property("cycles", cycles - before[1])
