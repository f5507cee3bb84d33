"""`kernel`: the one way this project compiles loops; what is compiled is kept on disk (`kernel_cache.py`)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from llvmlite.binding import set_option
from numba import njit
from numba.core.compiler_lock import global_compiler_lock
from numba.extending import register_jitable

from .kernel_cache import KernelCache

# Loops over many arrays vectorise only if LLVM may check all of them for overlap at run time; it gives up at 8 pairs.
set_option("", "-runtime-memory-check-threshold=64")
if hasattr(os, "register_at_fork"):  # a process that was forked while another thread compiled could never compile
    os.register_at_fork(
        before=global_compiler_lock.acquire,
        after_in_parent=global_compiler_lock.release,
        after_in_child=global_compiler_lock.release,
    )


def _compiler(options: dict[str, Any]) -> Any:
    compile_ = njit(**options)

    def decorate(function: Callable[..., Any]) -> Any:
        compiled = compile_(function)
        compiled._cache = KernelCache(function)
        return compiled

    decorate.options = options  # type: ignore[attr-defined]
    return decorate


_COMMON: Final = {"nogil": True, "error_model": "numpy"}  # numpy: division without checks
_BORROWING: Final = {**_COMMON, "_nrt": False}

kernel: Any = _compiler(_COMMON)
"""Compile a function."""
inlined: Any = _compiler({**_COMMON, "inline": "always"})
"""Compile a function into its caller; for steps of a loop with so many arrays that a call costs more than the work."""
borrowing: Any = _compiler(_BORROWING)
"""Compile a function that makes no arrays and counts no references to those it is given.

For steps that hand on large tuples of arrays, where the counting would cost more than the work.
"""
embedded: Any = _compiler({**_BORROWING, "forceinline": True})
"""Like `borrowing`, and LLVM puts the code into the caller: for what a loop calls in every step with many arrays."""
shared: Any = register_jitable(**embedded.options)
"""Like `embedded` where the caller is compiled; in Python it stays Python."""
