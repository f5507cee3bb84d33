"""`kernel`: the one way this project compiles loops, with a disk cache that notices every edit.

Numba keys its cache by the file that defines a function, not by the files of the functions inlined into it. So
when any source of the package is newer than the cache, the cached kernels are removed before they are used.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from llvmlite.binding import set_option
from numba import njit

_PACKAGE = Path(__file__).resolve().parent.parent


def _drop_stale_kernels() -> None:
    named = ("behavioral", "behavioral/fabric", "behavioral/hicann", "behavioral/hicann/path", "training/datasets")
    folders = [_PACKAGE / name for name in named]
    newest = max(source.stat().st_mtime for folder in folders for source in folder.glob("*.py"))
    for folder in folders:
        for index in (folder / "__pycache__").glob("*.nbi"):
            try:
                if index.stat().st_mtime < newest:
                    index.unlink()
            except OSError:  # another process was first, or the installation is read-only and never edited
                pass


_drop_stale_kernels()
# Loops over many arrays vectorise only if LLVM may check all of them for overlap at run time; it gives up at 8 pairs.
set_option("", "-runtime-memory-check-threshold=64")
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}  # numpy: division without checks
kernel: Any = njit(**_OPTIONS)
"""Compile a function."""
inlined: Any = njit(inline="always", **_OPTIONS)
"""Compile a function into its caller; for steps of a loop with so many arrays that a call costs more than the work."""
borrowing: Any = njit(**_OPTIONS | {"_nrt": False})
"""Compile a function that makes no arrays and counts no references to those it is given.

For steps that hand on large tuples of arrays, where the counting would cost more than the work.
"""
embedded: Any = njit(forceinline=True, **_OPTIONS | {"_nrt": False})
"""Like `borrowing`, and LLVM puts the code into the caller: for what a loop calls in every step with many arrays."""
