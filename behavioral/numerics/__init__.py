"""Compiled kernels, vectors, threads, random streams. Knows no chip."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from ...errors import ConfigError


def check_environment(environment: Mapping[str, str]) -> None:
    """Raise `ConfigError` for variables of numba with which it would not load, or not compile."""

    def number(name: str) -> int | None:
        given = environment.get(name, "").strip()
        return int(given) if re.fullmatch(r"-?[0-9]{1,9}", given) else None

    if number("NUMBA_DISABLE_JIT"):
        raise ConfigError("NUMBA_DISABLE_JIT is set, but the kernels exist in compiled form only; unset it")
    threads = number("NUMBA_NUM_THREADS")
    if threads is not None and threads < 1:
        raise ConfigError(f"NUMBA_NUM_THREADS = {threads} must be positive; unset it, INLOOP_THREADS is what counts")


check_environment(
    os.environ
)  # at the first use of this package, before numba is loaded and ends in an error of its own
