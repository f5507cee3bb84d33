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
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from numba.extending import overload

from .compiled import embedded

Given = ParamSpec("Given")
Result_co = TypeVar("Result_co", covariant=True)
Function = TypeVar("Function", bound=Callable[..., Any])


class Generic(Protocol[Given, Result_co]):
    """A generic function."""

    def __call__(self, *args: Given.args, **kwargs: Given.kwargs) -> Result_co:
        """Call the implementation for the kind of the first argument. Raises `TypeError` if there is none."""
        ...

    def of(self, kind: type, how: Any = embedded) -> Callable[[Function], Function]:
        """Register the implementation for a kind. how: it is compiled, for named tuples; see `compiled.py`."""
        ...


def generic(stub: Callable[Given, Result_co]) -> Generic[Given, Result_co]:
    """Make a generic function of a stub, whose body is never run; implementations have the same parameters."""
    known: dict[type, Any] = {}
    names = list(inspect.signature(stub).parameters)

    def call(first: Any, *rest: Any) -> Any:
        for kind in type(first).__mro__:
            if kind in known:
                return known[kind](first, *rest)
        raise TypeError(f"{stub.__name__} has no implementation for {type(first).__name__}")

    def of(kind: type, how: Any = embedded) -> Callable[[Function], Function]:
        def register(function: Function) -> Function:
            if list(inspect.signature(function).parameters) != names:
                raise TypeError(f"{function.__qualname__} must have the parameters of {stub.__name__}: {names}")
            known[kind] = function
            if hasattr(kind, "_fields"):
                known[kind] = how(function)
                _overload(call, stub, kind, function, how.options)
            return cast(Function, known[kind])

        return register

    update_wrapper(call, stub)
    call.of = of  # type: ignore[attr-defined]
    return cast("Generic[Given, Result_co]", call)


def _overload(call: Any, stub: Any, kind: type, function: Any, options: Any) -> None:
    """Let compiled code that calls the generic function with this kind find the implementation."""

    def choose(first: Any, *_: Any) -> Any:
        return function if getattr(first, "instance_class", None) is kind else None

    choose.__signature__ = inspect.signature(stub)  # type: ignore[attr-defined]
    overload(call, jit_options=options, strict=False)(choose)
