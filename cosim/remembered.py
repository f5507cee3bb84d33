"""What an object computes once, outside of the object: its copies begin anew, and nothing of it is pickled."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

Owner = TypeVar("Owner")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


def remembered(
    method: Callable[Concatenate[Owner, Arguments], Result],
) -> Callable[Concatenate[Owner, Arguments], Result]:
    """Keep the results of a method by its positional arguments, as long as its object lives."""
    results: WeakKeyDictionary[Any, dict[Any, Result]] = WeakKeyDictionary()

    @wraps(method)
    def recall(owner: Owner, /, *arguments: Arguments.args, **named: Arguments.kwargs) -> Result:
        known = results.setdefault(owner, {})
        if arguments not in known:
            known.setdefault(arguments, method(owner, *arguments, **named))
        return known[arguments]

    return recall
