"""Elaborating a design, in a thread of its own, and simulating it.

For each block and process MyHDL looks at every frame of the call stack, with its source. Below a command or a test
runner, where the stack is deep and many modules are loaded, that takes several times as long as the rest of the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import RLock
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")

_ONE_AT_A_TIME = RLock()  # MyHDL keeps what it elaborates and simulates in its modules


def elaborate(describe: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs) -> Result:
    """Return `describe(…)`, called on an empty stack; raises what it raises."""
    with _ONE_AT_A_TIME, ThreadPoolExecutor(1, "elaboration") as thread:
        return thread.submit(describe, *args, **kwargs).result()


def simulate(bench: Callable[[], Any]) -> None:
    """Simulate a bench, a block without ports, until one of its processes stops the simulation."""
    with simulation(bench) as pass_time:
        pass_time(None)


@contextmanager
def simulation(bench: Callable[[], Any]) -> Iterator[Callable[[int | None], None]]:
    """Simulate a bench; gives a function that lets so much time pass, None: until a process stops the simulation."""
    with _ONE_AT_A_TIME:
        described = elaborate(bench)
        try:
            yield lambda duration: described.run_sim(duration, quiet=1)
        finally:
            described.quit_sim()
