"""Shared by all tests: the options of pytest, and builders of small random networks and inputs."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("INLOOP_CACHE", str(Path(__file__).parents[1] / "build" / "verilated"))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fidelity",
        action="append",
        metavar="LEVEL",
        help="run the tests of the levels on this level only; may be given several times (default: all levels)",
    )

    group = parser.getgroup("benches", "simulation of the Verilog (tests/cocotb)")
    group.addoption("--simulator", default="all", choices=("verilator", "icarus", "all"), help="default: all")
    group.addoption("--waves", action="store_true", help="write the signals of each simulation to build/waves/")


def pytest_configure(config: pytest.Config) -> None:
    if chosen := config.getoption("--fidelity"):
        from inloop.cosim.levels import FIDELITIES

        unknown = sorted(set(chosen) - set(FIDELITIES))
        if unknown:
            raise pytest.UsageError(f"--fidelity {unknown[0]}: choose from {', '.join(FIDELITIES)}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """`fidelity`: all levels and those that a module names as `ALSO`, or those chosen; `digital`: those of them that
    have the digital spike path.

    MyHDL simulates thousands of cycles per second, so `rtl` is among the slow tests unless it is chosen.
    """
    for fixture in {"fidelity", "digital"} & set(metafunc.fixturenames):
        from inloop.cosim.levels import DIGITAL, FIDELITIES

        given = metafunc.config.getoption("--fidelity")
        marks = {} if given else {"rtl": pytest.mark.slow}
        also = getattr(metafunc.module, "ALSO", ()) if fixture == "fidelity" and not given else ()
        levels = [name for name in dict.fromkeys(given or FIDELITIES) if fixture == "fidelity" or name in DIGITAL]
        levels += also
        metafunc.parametrize(fixture, [pytest.param(name, marks=marks.get(name, ())) for name in levels])


@pytest.fixture(scope="session")
def make_weights() -> Callable[..., Any]:
    """Return a function that draws normal weights for a topology."""
    from inloop.behavioral.network.weights import NetworkWeights

    def make(topology: Any, seed: int = 0, dtype: Any = np.float64, mean: float = 0.1, spread: float = 0.6) -> Any:
        rng = np.random.default_rng([seed, 1])
        forward = [rng.normal(mean, spread, shape).astype(dtype) for shape in topology.weight_shapes]
        recurrent = [
            rng.normal(0, spread / 2, (size, size)).astype(dtype) if own else None
            for size, own in zip(topology.hidden, topology.recurrent, strict=True)
        ]
        return NetworkWeights(tuple(forward), tuple(recurrent))

    return make


@pytest.fixture(scope="session")
def make_spikes() -> Callable[..., Any]:
    """Return a function that draws input events, uniform over samples, channels and time."""
    from inloop.behavioral.events import SpikeBatch

    def make(topology: Any, grid: Any, samples: int, per_sample: int = 30, seed: int = 0) -> Any:
        rng = np.random.default_rng([seed, 2])
        events = samples * per_sample
        return SpikeBatch.from_events(
            rng.integers(0, samples, events), rng.integers(0, topology.inputs, events),
            rng.random(events) * grid.duration_s, samples=samples, units=topology.inputs,
        )  # fmt: skip

    return make
