"""Compile the Verilog of a chip design with Verilator into a shared library, once per content.

A build happens in a temporary folder and is renamed to its place when it is complete, so an interrupted build is never
trusted and parallel processes do not disturb each other. The name is a hash of all that goes in.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path

from ...cache import cache_folder
from ...errors import MissingToolError, StorageError
from ...rtl import toolchain
from ...rtl.verilog import VERILATOR_SPEED_FLAGS, module_name, verilog_modules
from .kinds import Spec, kind_of

PACKAGE = Path(__file__).parents[2]
VERILATE = ("--cc", *VERILATOR_SPEED_FLAGS, "--x-assign", "fast", "--x-initial", "fast", "--noassert")
QUIET = ("-Wno-fatal", "-Wno-lint", "-Wno-style")  # the design is linted by its own tests
COMPILE = ("-O3", "-march=native", "-fPIC")


def structure(spec: Spec) -> Spec:
    """Return the specification with all fields that the hardware does not see at their defaults."""
    return type(spec)(name=spec.name, **{field: getattr(spec, field) for field in kind_of(spec).structural})


def library(spec: Spec) -> Path:
    """Return the library of a design, built if it is not in the cache, or harmed there.

    Raises `ConfigError` for a design that cannot be built, `MissingToolError` for a missing tool or a build that fails,
    and `StorageError` if the cache cannot be written.
    """
    spec = structure(spec)
    place = cache_folder() / f"{spec.name}-{_digest(spec)}.so"
    if _whole(place):
        return place
    tool = toolchain.verilator()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place.parent, prefix="building-") as folder:
            _build(spec, tool, Path(folder))
            built = Path(folder) / "fabric.so"
            _seal(built)
            built.replace(place)
    except OSError as error:
        raise StorageError(f"cannot build in {place.parent}: {error}; set INLOOP_CACHE to another folder") from None
    return place


def _seal(built: Path) -> None:
    """Append the hash of a library, which its loader does not mind."""
    built.write_bytes(built.read_bytes() + hashlib.sha256(built.read_bytes()).digest())


def _whole(place: Path) -> bool:
    """Return whether a library is there and unharmed; loading a truncated one would end the process."""
    try:
        content = place.read_bytes()
    except OSError:
        return False
    size = hashlib.sha256().digest_size
    return hashlib.sha256(content[:-size]).digest() == content[-size:]


def _digest(spec: Spec) -> str:
    """Hash the sources, the specification, the tools and their options."""
    digest = hashlib.sha256()
    for folder in kind_of(spec).folders:
        for source in sorted((PACKAGE / folder).glob("*")):
            if source.suffix in (".py", ".cpp", ".hpp"):
                digest.update(source.name.encode() + b"\0" + source.read_bytes())
    digest.update(repr((spec.to_dict(), VERILATE, QUIET, COMPILE, os.uname().machine, _version("verilator"))).encode())
    return digest.hexdigest()[:20]


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:
        raise toolchain.missing(package) from None


def _build(spec: Spec, tool: toolchain.Verilator, folder: Path) -> None:
    modules = verilog_modules(spec)
    for name, text in modules.items():
        (folder / f"{name}.v").write_text(text, encoding="utf-8")
    top = module_name(spec)
    sources = [f"{name}.v" for name in modules]
    names = ["--prefix", "Vfabric", "--top-module", top, "--Mdir", "obj"]
    _run([str(tool.program), *VERILATE, *QUIET, *names, *sources], tool, folder)
    flags = " ".join(COMPILE)
    options = [*toolchain.MAKE_FLAGS, f"OPT_FAST={flags}", f"OPT_GLOBAL={flags}", "OPT_SLOW=-O1 -fPIC"]
    _run(["make", "-C", "obj", "-f", "Vfabric.mk", "-j", str(os.cpu_count() or 1), *options], tool, folder)
    source = kind_of(spec).source
    parts = ("obj", source.parent, tool.root / "include", tool.root / "include" / "vltstd")
    include = [f"-I{part}" for part in parts]
    archives = [str(path) for path in sorted((folder / "obj").glob("*.a"))]
    link = ["-shared", *COMPILE, *include, str(source), *archives, *archives, "-o", "fabric.so", "-lpthread"]
    sizes = [f"-D{name}={value}" for name, value in kind_of(spec).sizes(spec).items()]
    _run(["g++", "-std=c++20", *sizes, *link], tool, folder)
    shutil.rmtree(folder / "obj")


def _run(command: list[str], tool: toolchain.Verilator, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, env=tool.environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise MissingToolError(f"{Path(command[0]).name} failed to compile the Verilog: {' '.join(last)}")
