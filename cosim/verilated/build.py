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

from ...behavioral.fabric.wiring import neurons
from ...behavioral.spec import ChipSpec
from ...cache import cache_folder
from ...errors import MissingToolError, StorageError
from ...rtl import toolchain
from ...rtl.verilog import VERILATOR_SPEED_FLAGS, module_name, verilog_modules

SOURCE = Path(__file__).with_name("fabric.cpp")
PACKAGE = Path(__file__).parents[2]
INPUTS = ("rtl", "behavioral/fabric", "cosim/verilated")
"""Folders whose sources decide what is built."""
STRUCTURAL = (
    "columns", "hemispheres", "rows", "label_bits", "row_select_bits", "synapse_label_bits", "address_bits",
    "event_outputs", "padi_buses", "link_channels", "background_sources", "time_bits", "background_ticks_per_cycle",
    "link_in_depth", "link_out_depth", "slow_cycles", "background_lfsr_mask", "background_lfsr_steps",
    "stp_state_bits", "amplitude_bits",
)  # fmt: skip
"""Fields of the specification that shape the hardware; a design is built once for all others."""
VERILATE = ("--cc", *VERILATOR_SPEED_FLAGS, "--x-assign", "fast", "--x-initial", "fast", "--noassert")
QUIET = ("-Wno-fatal", "-Wno-lint", "-Wno-style")  # the design is linted by its own tests
COMPILE = ("-O3", "-march=native", "-fPIC")


def structure(spec: ChipSpec) -> ChipSpec:
    """Return the specification with all fields that the hardware does not see at their defaults."""
    return ChipSpec(name=spec.name, **{field: getattr(spec, field) for field in STRUCTURAL})


def library(spec: ChipSpec) -> Path:
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


def _digest(spec: ChipSpec) -> str:
    """Hash the sources, the specification, the tools and their options."""
    digest = hashlib.sha256()
    for folder in INPUTS:
        for source in sorted((PACKAGE / folder).glob("*")):
            if source.suffix in (".py", ".cpp"):
                digest.update(source.name.encode() + b"\0" + source.read_bytes())
    digest.update(repr((spec.to_dict(), VERILATE, QUIET, COMPILE, os.uname().machine, _version("verilator"))).encode())
    return digest.hexdigest()[:20]


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:
        raise toolchain.missing(package) from None


def _build(spec: ChipSpec, tool: toolchain.Verilator, folder: Path) -> None:
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
    include = [f"-I{part}" for part in ("obj", tool.root / "include", tool.root / "include" / "vltstd")]
    archives = [str(path) for path in sorted((folder / "obj").glob("*.a"))]
    link = ["-shared", *COMPILE, *include, str(SOURCE), *archives, *archives, "-o", "fabric.so", "-lpthread"]
    _run(["g++", "-std=c++20", *_sizes(spec), *link], tool, folder)
    shutil.rmtree(folder / "obj")


def _sizes(spec: ChipSpec) -> list[str]:
    values = {
        "COLUMNS": neurons(spec) // spec.hemispheres,
        "CHANNELS": spec.link_channels,
        "DRIVERS": spec.hemispheres * spec.drivers,
        "LABEL_BITS": spec.synapse_label_bits,
        "AMPLITUDE_BITS": spec.amplitude_bits,
    }
    return [f"-D{name}={value}" for name, value in values.items()]


def _run(command: list[str], tool: toolchain.Verilator, folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, env=tool.environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise MissingToolError(f"{Path(command[0]).name} failed to compile the Verilog: {' '.join(last)}")
