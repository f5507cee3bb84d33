"""Threads over the batch. Compiled kernels release the interpreter lock, so plain threads serve.

A batch is cut into parts by its size alone, never by the number of threads, and partial sums are added in the
order of the parts: results do not depend on the machine's cores.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise
from typing import Final

from ...errors import ConfigError

MOST_THREADS: Final = 1024  # more than any machine has cores for
_PART = 50  # samples; each part has its own sums of gradients, which must stay in the cache


def thread_count() -> int:
    """Threads to use: `INLOOP_THREADS`, or the cores this process may run on."""
    given = os.environ.get("INLOOP_THREADS")
    if given is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not re.fullmatch(r"0*[1-9][0-9]{0,3}", given) or int(given) > MOST_THREADS:
        raise ConfigError(f"INLOOP_THREADS = {given!r} must be a positive whole number, {MOST_THREADS} at most")
    return int(given)


def shares(samples: int) -> list[tuple[int, int]]:
    """Cut `samples` evenly for the threads there are; for work whose result does not depend on the cut."""
    threads = thread_count()
    return _cut(samples, 1 if threads == 1 else min(4 * threads, max(1, samples // 8)))


def parts(samples: int) -> list[tuple[int, int]]:
    """Cut `samples` into ranges (start, stop) of at least `_PART` samples, at most 32 of them."""
    return _cut(samples, min(max(1, samples // _PART), 32))


def _cut(samples: int, count: int) -> list[tuple[int, int]]:
    edges = [samples * k // count for k in range(count + 1)]
    return list(pairwise(edges))


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="inloop")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a forked process has none of its parent's threads


def run_parts(task: Callable[[int, int, int], None], ranges: list[tuple[int, int]]) -> None:
    """Call task(part, start, stop) for each range, in threads; the first error is raised.

    No part runs on after that: their arrays may be used again.
    """
    threads = min(thread_count(), len(ranges))
    if threads == 1:
        for part, (start, stop) in enumerate(ranges):
            task(part, start, stop)
        return
    futures = [_pool(threads).submit(task, part, start, stop) for part, (start, stop) in enumerate(ranges)]
    wait(futures, return_when=FIRST_EXCEPTION)
    for future in futures:
        future.cancel()  # what has not begun, if a part failed
    wait(futures)
    for future in futures:
        if not future.cancelled():
            future.result()
