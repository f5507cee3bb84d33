"""`inloop verify`: run the benches of the source checkout, and put what came out into one table."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree

import typer
from rich.console import Console
from rich.table import Table

from ..errors import ConfigError, InloopError
from .options import Json
from .output import Result, close, console_for

ROOT = Path(__file__).parents[1]
BENCHES = ROOT / "tests" / "cocotb"
SIMULATORS = ("verilator", "icarus")
PACKAGES = {
    "pytest": ("pytest", "pip install pytest pytest-timeout hypothesis"),
    "cocotb": ("cocotb", "pip install cocotb cocotbext-axi"),
    "cocotbext.axi": ("cocotb", "pip install cocotb cocotbext-axi"),
}
PASSED, FAILED = 0, 1  # exit codes of pytest after a complete run


@dataclass
class Bench:
    """Outcome of one bench on one simulator. configurations: sessions played; cycles: of the fabric, simulated."""

    name: str
    simulator: str
    configurations: int = 0
    cycles: int = 0
    seconds: float = 0.0
    passed: int = 0
    skipped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    @property
    def result(self) -> str:
        """One word, or the number of failures."""
        if self.failed:
            return f"{len(self.failed)} failed"
        return "passed" if self.passed else "skipped"


def verify(
    simulator: Annotated[str, typer.Option(help="verilator, icarus or all (what is installed).")] = "all",
    slow: Annotated[bool, typer.Option("--slow", help="Also the benches that take minutes to hours.")] = False,
    as_json: Json = False,
) -> None:
    """Verify the generated Verilog with the benches of the source checkout, and print one table.

    [bold]inloop verify --simulator verilator[/bold]  needs no system package but g++, make and perl.
    Exit code 1 means that the Verilog disagrees with its contract.
    """
    result = _verify(simulator, slow, console_for(as_json))
    close(result, as_json)
    if not result["agreed"]:
        raise typer.Exit(1)


def _verify(simulator: str, slow: bool, console: Console) -> Result:
    """Raise `ConfigError` outside of a checkout or for an unknown simulator, `MissingToolError` without tools."""
    from ..rtl.convert.toolchain import need, need_package, verilator

    if simulator not in (*SIMULATORS, "all"):
        raise ConfigError(f"--simulator {simulator!r}: choose from {', '.join(SIMULATORS)}, all")
    if not (BENCHES / "runner.py").is_file():
        raise ConfigError(f"the benches are not part of the installed package ({ROOT}); run this in a source checkout")
    for package, (tool, remedy) in PACKAGES.items():
        need_package(package, tool, remedy)
    if simulator != "icarus":
        verilator()
    if simulator == "icarus":
        need("iverilog", "vvp")
    benches = _run(simulator, slow, console)
    _print(benches, console)
    failed = [name for bench in benches for name in bench.failed]
    rows = [{**vars(bench), "result": bench.result} for bench in benches]
    return {"agreed": not failed, "failed": failed, "benches": rows}


def _run(simulator: str, slow: bool, console: Console) -> list[Bench]:
    with tempfile.TemporaryDirectory() as folder:
        report, log = Path(folder) / "report.xml", Path(folder) / "log"
        command = [sys.executable, "-m", "pytest", str(BENCHES), "-q", "-p", "no:cacheprovider", f"--junitxml={report}"]
        command += ["-o", "junit_family=xunit1", "--simulator", simulator, *(["-m", ""] if slow else [])]
        with log.open("w") as file, console.status("benches run; the first time the designs are compiled, too"):
            code = subprocess.run(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, check=False).returncode
        if code not in (PASSED, FAILED):
            last = (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
            raise InloopError(f"the benches did not run to their end (pytest says {code}: {last})")
        if code == FAILED:
            console.print(log.read_text(errors="replace"), markup=False, highlight=False, soft_wrap=True)
        return collect(report.read_text())


def collect(report: str) -> list[Bench]:
    """Sum up a test report in the format of JUnit by bench and simulator."""
    benches: dict[tuple[str, str], Bench] = {}
    for case in ElementTree.fromstring(report).iter("testcase"):
        name = case.attrib["classname"].rsplit("cocotb.", 1)[-1].replace("test_", "")
        found = re.search("|".join(SIMULATORS), case.attrib["name"])
        simulator = found[0] if found else "none"
        bench = benches.setdefault((name, simulator), Bench(name, simulator))
        bench.seconds += float(case.attrib["time"])
        values = {prop.attrib["name"]: int(prop.attrib["value"]) for prop in case.iter("property")}
        bench.configurations += values.get("configurations", 0)
        bench.cycles += values.get("cycles", 0)
        if case.find("failure") is not None or case.find("error") is not None:
            bench.failed.append(case.attrib["name"])
        elif (skipped := case.find("skipped")) is not None:
            bench.skipped.append(skipped.attrib.get("message", ""))
        else:
            bench.passed += 1
    return list(benches.values())


def _print(benches: list[Bench], console: Console) -> None:
    table = Table("bench", "simulator", "configurations", "cycles", "result", "time")
    for column in table.columns[2:4]:
        column.justify = "right"
    for bench in benches:
        numbers = f"{bench.configurations:,}", f"{bench.cycles:,}"
        table.add_row(bench.name, bench.simulator, *numbers, bench.result, f"{bench.seconds:.0f} s")
    console.print(table)
    for bench in benches:
        if not bench.passed and bench.skipped and not bench.failed:
            console.print(f"{bench.name} on {bench.simulator} was skipped: {bench.skipped[0]}", markup=False)
