"""`generic`: a function with one implementation for each kind of its first argument, in compiled code and outside.

    @generic
    def edge(fabric, cycle):
        '''Do the clock edge of a cycle.'''

    @edge.of(Twin)                 # a NamedTuple: compiled, and picked when the caller is compiled
    def _edge(fabric, cycle): …

    @edge.of(Simulated)            # any other class: Python, for callers in Python
    def _edge(fabric, cycle): …

A loop that is written once in terms of generic functions so runs compiled on one kind and in Python on another.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from numba.extending import overload

from .compiled import embedded


def generic(stub: Callable[..., Any]) -> Any:
    """Make a generic function of a stub without a body; implementations have the same parameters."""
    known: dict[type, Any] = {}
    names = list(inspect.signature(stub).parameters)

    def call(first: Any, *rest: Any) -> Any:
        for kind in type(first).__mro__:
            if kind in known:
                return known[kind](first, *rest)
        raise TypeError(f"{stub.__name__} has no implementation for {type(first).__name__}")

    def of(kind: type, how: Any = embedded) -> Callable[[Callable[..., Any]], Any]:
        """Register the implementation for a kind. how: it is compiled, for named tuples; see `compiled.py`."""

        def register(function: Callable[..., Any]) -> Any:
            if list(inspect.signature(function).parameters) != names:
                raise TypeError(f"{function.__qualname__} must have the parameters of {stub.__name__}: {names}")
            known[kind] = function
            if hasattr(kind, "_fields"):
                known[kind] = how(function)
                _overload(call, stub, kind, function, how.options)
            return known[kind]

        return register

    update_wrapper(call, stub)
    call.of = of  # type: ignore[attr-defined]
    return call


def _overload(call: Any, stub: Any, kind: type, function: Any, options: dict[str, Any]) -> None:
    """Let compiled code that calls the generic function with this kind find the implementation."""

    def choose(first: Any, *_: Any) -> Any:
        return function if getattr(first, "instance_class", None) is kind else None

    choose.__signature__ = inspect.signature(stub)  # type: ignore[attr-defined]
    overload(call, jit_options=options, strict=False)(choose)
