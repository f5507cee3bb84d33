"""Arguments of public functions are checked against their annotations, in one place: `@checked`.

A wrong type, an unknown argument, a missing one: each is an `ArgumentError` with one sentence. Numbers of numpy and
torch become those of Python, lists become arrays and tuples where those are asked for. What a value must be beyond its
type (a range, a shape) is the function's own matter.
"""

from __future__ import annotations

import collections.abc
import difflib
import inspect
import types
import typing
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np

from .errors import ArgumentError, shown
from .scalars import array, as_bool, as_float, as_int

F = TypeVar("F", bound=Callable[..., Any])
ALL: Final = ("*",)

_EXAMPLES = {
    "Chip": 'inloop.Chip("bss2")',
    "ChipSpec": "inloop.ChipSpec()",
    "Encoded": 'inloop.load_data("yin-yang", "test")',
    "InTheLoop": "inloop.InTheLoop(network, chip)",
    "Network": "inloop.Network(256, 246, 10)",
    "SpikeBatch": "inloop.SpikeBatch.from_events(…)",
}
_KINDS = {"b": "booleans", "i": "whole numbers", "u": "whole numbers from 0", "f": "numbers"}


class _Wrong(Exception):  # noqa: N818
    """A value that does not have the type that is asked for."""


def checked(function: F, *, own: tuple[str, ...] = ()) -> F:
    """Check the arguments of each call of a function, or of the construction of a dataclass.

    own: those that it checks itself, `ALL` if it does so with all; whether they are known and complete is checked here.
    """
    if isinstance(function, type):
        construct = checked(function.__init__, own=own)  # type: ignore[misc]
        function.__init__ = construct  # type: ignore[misc]
        return function
    owner = function.__qualname__.removesuffix(".__init__")

    @cache
    def known() -> tuple[inspect.Signature, dict[str, Any]]:
        return inspect.signature(function), typing.get_type_hints(function) if own != ALL else {}

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        signature, hints = known()
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise ArgumentError(f"{owner}: {_said(error, signature, kwargs)}") from None
        for name, value in bound.arguments.items():
            if name in hints and name not in own and signature.parameters[name].kind not in _VARIADIC:
                bound.arguments[name] = as_type(value, hints[name], f"{owner}: {name}")
        return function(*bound.args, **bound.kwargs)

    return typing.cast(F, call)


_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def as_type(value: Any, hint: Any, what: str) -> Any:
    """Return a value as an annotation asks for it. Raises `ArgumentError` that names `what` and the types allowed."""
    try:
        return _as(value, hint)
    except Exception:  # `_Wrong`, and whatever an odd object does when it is looked at
        raise ArgumentError(f"{what} = {shown(value)} must be {_allowed(hint)}") from None


def _said(error: TypeError, signature: inspect.Signature, given: dict[str, Any]) -> str:
    names = [name for name in signature.parameters if name != "self"]
    unknown = [name for name in given if name not in names]
    if not unknown:
        return f"{error}; it takes {', '.join(names)}"
    near = difflib.get_close_matches(unknown[0], names, 1)
    hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(names)}"
    return f"unknown argument {shown(unknown[0])}; {hint}"


def _as(value: Any, hint: Any) -> Any:
    """Return `value` as `hint` asks for it, or raise `_Wrong`."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _as_one_of(value, args)
    if hint is Any:
        return value
    if hint is None or hint is type(None):
        return _if(value is None, value)
    if hint in _NUMBERS:
        return _NUMBERS[hint](value)
    if hint is Path:
        return Path(_if(isinstance(value, (str, Path)), value))
    if origin is np.ndarray:
        return _as_array(value, args[1])
    if origin in _SEQUENCES:
        return _as_sequence(value, origin, args)
    if origin is collections.abc.Callable:
        return _if(callable(value), value)
    if origin is typing.Literal:
        return _if(any(value is each or value == each for each in args if type(value) is type(each)), value)
    kind = origin or hint
    checkable = isinstance(kind, type) and (not getattr(kind, "_is_protocol", False) or _is_runtime(kind))
    return _if(isinstance(value, kind), value) if checkable else value


def _is_runtime(protocol: type) -> bool:
    return bool(getattr(protocol, "_is_runtime_protocol", False))


def _if(right: bool, value: Any) -> Any:
    """Return the value if it is right."""
    if not right:
        raise _Wrong
    return value


def _as_one_of(value: Any, hints: tuple[Any, ...]) -> Any:
    for hint in hints:
        try:
            return _as(value, hint)
        except Exception:
            continue
    raise _Wrong


def _as_int(value: Any) -> int:
    whole = as_int(value)
    if whole is None or whole.bit_length() > 64:  # nothing has more, and printing may fail
        raise _Wrong
    return whole


def _as_float(value: Any) -> float:
    # an array of one number is none, and the gradient of a tensor would be lost
    single = getattr(value, "ndim", 0) == 0 and not getattr(value, "requires_grad", False)
    number = as_float(value) if single else None
    if number is None:
        raise _Wrong
    return number


def _as_bool(value: Any) -> bool:
    truth = as_bool(value)
    if truth is None:
        raise _Wrong
    return truth


def _as_str(value: Any) -> str:
    return str(_if(isinstance(value, str), value))


_NUMBERS: dict[Any, Callable[[Any], Any]] = {int: _as_int, float: _as_float, bool: _as_bool, str: _as_str}
_SEQUENCES = (collections.abc.Sequence, list, tuple)


def _as_sequence(value: Any, origin: type, args: tuple[Any, ...]) -> Any:
    if isinstance(value, (str, bytes, bytearray, dict, set)) or not hasattr(value, "__iter__"):
        raise _Wrong
    parts = list(value)
    hints = args if origin is tuple and args[-1:] != (Ellipsis,) else args[:1] * len(parts)
    made = [_as(part, hint) for part, hint in zip(parts, _if(len(parts) == len(hints), hints), strict=True)]
    return made if origin is list else tuple(made)


def _as_array(value: Any, dtype: Any) -> Any:
    """Return an array of the dtype in an annotation; no number may change by that."""
    given, wanted = array(value), typing.get_args(dtype)[0]
    if not (isinstance(wanted, type) and issubclass(wanted, np.generic)):
        return _if(given.dtype.kind in "biuf", given)
    kind, wanted_kind = given.dtype.kind, np.dtype(wanted).kind
    if kind == wanted_kind or not given.size:
        return given.astype(wanted, copy=False)
    made = given.astype(wanted if kind in "iuf" and wanted_kind != "b" else given.dtype)
    return _if(made.dtype == wanted and np.array_equal(made, given), made)


def _allowed(hint: Any) -> str:
    """Return an annotation in words."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_allowed(each) for each in args))
    if origin is np.ndarray:
        wanted = typing.get_args(args[1])[0]
        known = isinstance(wanted, type) and issubclass(wanted, np.generic)
        return f"an array of {_KINDS[np.dtype(wanted).kind] if known else 'numbers'}"
    if origin in _SEQUENCES:
        return "a sequence" if args[0] is Any else f"a sequence, each part {_allowed(args[0])}"
    if origin is typing.Literal:
        return " or ".join(map(repr, args))
    words = {
        int: "a whole number", float: "a number", bool: "True or False", str: "a text", Path: "a path",
        type(None): "None", collections.abc.Callable: "a function",
    }  # fmt: skip
    if (word := words.get(origin or hint)) is not None:
        return word
    name = getattr(hint, "__name__", str(hint))
    return f"of type {name}" + (f", for instance {_EXAMPLES[name]}" if name in _EXAMPLES else "")
