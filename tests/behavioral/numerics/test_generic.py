"""Generic functions: the implementation is that of the first argument's kind, in compiled code and in Python."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest
from inloop.behavioral.numerics.compiled import borrowing, kernel, shared
from inloop.behavioral.numerics.generic import generic


class Up(NamedTuple):
    value: Any


class Down(NamedTuple):
    value: Any
    by: int


class Slow:
    """A kind for Python alone."""

    def __init__(self) -> None:
        self.calls: list[int] = []


class Slower(Slow):
    """Does what its kin does."""


@generic
def step(counter: Any, times: int) -> int:
    """Count."""
    raise NotImplementedError


@step.of(Up)
def _up(counter, times):  # type: ignore[no-untyped-def]
    counter.value[0] += times
    return counter.value[0]


@step.of(Down, borrowing)
def _down(counter, times):  # type: ignore[no-untyped-def]
    counter.value[0] -= times * counter.by
    return counter.value[0]


@step.of(Slow)
def _slow(counter: Slow, times: int) -> int:
    counter.calls.append(times)
    return sum(counter.calls)


@shared
def twice(counter, times):  # type: ignore[no-untyped-def]
    step(counter, times)
    return step(counter, times)


@kernel
def run(counter, cycles):  # type: ignore[no-untyped-def]
    last = 0
    for cycle in range(cycles):
        last = twice(counter, cycle)
    return last


@pytest.mark.parametrize(("counter", "last"), [(Up(np.zeros(1, int)), 12), (Down(np.zeros(1, int), 3), -36)])
def test_one_loop_compiled_and_in_python(counter: Any, last: int) -> None:
    assert run(counter, 4) == last
    counter.value[0] = 0
    assert run.py_func(counter, 4) == last


def test_kinds_of_python() -> None:
    assert [run.py_func(each, 4) for each in (Slow(), Slower())] == [12, 12]
    with pytest.raises(TypeError, match="step has no implementation for int"):
        step(3, 1)


def test_parameters_have_the_names_of_the_generic_function() -> None:
    with pytest.raises(TypeError, match=r"must have the parameters of step: \['counter', 'times'\]"):

        @step.of(int)
        def _swapped(times: int, counter: Any) -> int:  # noqa: ARG001
            return times
