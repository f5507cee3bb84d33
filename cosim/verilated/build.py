"""Compile the Verilog of a chip design with Verilator into a shared library, once per content.

A build happens in a temporary folder, in an environment of its own; when the library has been loaded and has answered
at its registers, it is sealed with its hash and renamed to its place. So an interrupted or strange build is never
trusted, and parallel processes do not disturb each other. The name is a hash of all that goes in (`key.py`).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ...behavioral.design import Design
from ...cache import cache_folder, read_sealed, write_sealed
from ...errors import MissingToolError, StorageError
from ...rtl.convert import toolchain
from ...rtl.convert.verilog import VERILATOR_SPEED_FLAGS, module_name, verilog_modules
from ...rtl.lib.buildable import check_name
from . import key
from .bridge import HEADER, PREFIX, bridge

VERILATE: Final = ("--cc", *VERILATOR_SPEED_FLAGS, "--x-assign", "fast", "--x-initial", "fast", "--noassert")
QUIET: Final = ("-Wno-fatal", "-Wno-lint", "-Wno-style")  # the design is linted by its own tests
COMPILE: Final = ("-O3", "-march=native", "-fPIC")
COMPILE_SLOW: Final = ("-O1", "-fPIC")  # what runs once
STANDARD: Final = "-std=c++20"
LINK: Final = ("-shared", "-Wl,-z,defs", "-lpthread")
FLAGS: Final = (VERILATE, QUIET, COMPILE, COMPILE_SLOW, STANDARD, LINK, toolchain.MAKE_FLAGS)
READ: Final[dict[str, Any]] = {"capture_output": True, "text": True, "errors": "replace"}
PROOF_S: Final = 60
ABANDONED_S: Final = 86_400
"""A folder of a build that did not change for so long is nobody's."""


def library(spec: Design) -> Path:
    """Return the library of a design, built if it is not in the cache, or harmed there.

    Raises `ConfigError` for a design that cannot be built, `MissingToolError` for a missing tool or a build that fails,
    and `StorageError` if the cache cannot be written.
    """
    check_name(spec)
    tool, cache = toolchain.verilator(), cache_folder()
    noted = key.noted_text(cache, spec)
    if noted is not None and read_sealed(place := _place(cache, spec, noted)) is not None:
        return place
    modules = verilog_modules(spec)
    text = key.text_digest(modules)
    place = _place(cache, spec, text)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        key.note_text(cache, spec, text)
        if read_sealed(place) is not None:
            return place
        _remove_abandoned(cache)
        with tempfile.TemporaryDirectory(dir=_without_spaces(cache), prefix="building-") as folder:
            built = _build(spec, modules, tool, Path(folder))
            _prove(built, spec)
            write_sealed(place, built.read_bytes())
    except OSError as error:
        raise StorageError(f"cannot build in {cache}: {error}; set INLOOP_CACHE to another folder") from None
    return place


def _without_spaces(folder: Path) -> Path:
    """Return the folder, or one of temporary files where its path has spaces: make cannot build there."""
    for each in (folder, Path(tempfile.gettempdir())):
        if not re.search(r"\s", str(each)):
            return each
    raise StorageError(f"make cannot build in {folder}, whose path has spaces; set INLOOP_CACHE or TMPDIR to another")


def _place(cache: Path, spec: Design, text: str) -> Path:
    """Return the place of the library of a design with this Verilog."""
    interface = bridge(spec)
    return cache / f"{spec.name}-{key.build_digest(text, interface.sources, interface.sizes(spec), FLAGS)}.so"


def _build(spec: Design, modules: Mapping[str, str], tool: toolchain.Verilator, folder: Path) -> Path:
    """Compile in this folder and return the library."""
    for name, text in modules.items():
        (folder / f"{name}.v").write_text(text, encoding="utf-8")
    names = ["--prefix", "Vfabric", "--top-module", module_name(spec), "--Mdir", "obj"]
    _run([str(tool.program), *VERILATE, *QUIET, *names, *(f"{name}.v" for name in modules)], tool, folder)
    fast, slow = " ".join(COMPILE), " ".join(COMPILE_SLOW)
    options = [*toolchain.MAKE_FLAGS, f"OPT_FAST={fast}", f"OPT_GLOBAL={fast}", f"OPT_SLOW={slow}"]
    _run(["make", "-C", "obj", "-f", "Vfabric.mk", "-j", str(os.cpu_count() or 1), *options], tool, folder)
    interface = bridge(spec)
    parts = ("obj", HEADER.parent, tool.root / "include", tool.root / "include" / "vltstd")
    include = [f"-I{part}" for part in parts]
    sizes = [f"-D{name}={value}" for name, value in interface.sizes(spec).items()]
    archives = [str(path) for path in sorted((folder / "obj").glob("*.a"))]
    parts_of_it = [*COMPILE, *sizes, *include, str(interface.source), *archives, *archives]
    _run(["g++", STANDARD, *parts_of_it, *LINK, "-o", "fabric.so"], tool, folder)
    shutil.rmtree(folder / "obj")
    return folder / "fabric.so"


def _prove(built: Path, spec: Design) -> None:
    """Load a library in a process of its own and read what the design says it is. Raises `MissingToolError`."""
    interface = bridge(spec)
    address, identity = interface.identity(spec)
    given = [str(built), PREFIX, *(str(n) for n in (*interface.control_write(spec, run=True), address, identity))]
    command = [sys.executable, "-I", str(Path(__file__).with_name("prove.py")), *given]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, timeout=PROOF_S, check=False, **READ)
    except subprocess.TimeoutExpired:
        raise MissingToolError(f"the compiled Verilog does not answer within {PROOF_S} s") from None
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise MissingToolError(f"the compiled Verilog does not work: {last}; is g++ one for this machine?")


def _run(command: list[str], tool: toolchain.Verilator, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, env=tool.environment(), stdin=subprocess.DEVNULL, check=False, **READ)
    if done.returncode:
        said, what = done.stderr or done.stdout, f"{Path(command[0]).name} failed to compile the Verilog"
        raise MissingToolError(f"{what}: {_reason(said)}; all of its output is in {_kept(command, said)}")


def _kept(command: list[str], said: str) -> Path:
    """Write what a compiler said into a file among the temporary ones, and return its path."""
    with tempfile.NamedTemporaryFile(
        "w", prefix="inloop-build-", suffix=".log", delete=False, encoding="utf-8", errors="replace"
    ) as file:
        file.write(f"{' '.join(command)}\n{said}\n")
    return Path(file.name)


def _reason(said: str) -> str:
    """Return the first line that tells of an error, else the last one."""
    lines = said.strip().splitlines() or ["it did not say why"]
    return next((line for line in lines if "error" in line.lower()), lines[-1]).strip()


def _remove_abandoned(cache: Path) -> None:
    """Remove folders of builds that were killed."""
    for folder in cache.glob("building-*"):
        try:
            if time.time() - folder.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # another process was faster
