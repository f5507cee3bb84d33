"""When two instances of a block are the same hardware: the same block, equal parameters, signals of the same kind.

Parameters may be whatever a block can be written with: numbers, arrays, tables, dataclasses, functions, at any depth.
They are compared by their pickled form, which keeps 1 apart from True and 0.0 from -0.0; without its memo, so that it
does not matter whether equal parts are one object. What is told apart needlessly only costs a module.
"""

from __future__ import annotations

import io
import marshal
import pickle
from collections.abc import Mapping
from types import FunctionType, ModuleType
from typing import Any

from myhdl import ResetSignal, intbv
from myhdl._block import block_decorator
from myhdl._Signal import _Signal

from ..errors import ConfigError


def identity(kind: Any, connections: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Return a key of a block with signals and parameters by name, equal for two that are the same hardware.

    Raises `ConfigError` for an argument that cannot be compared, and for signals that cannot be ports of a module:
    those in lists and tables, in whose place it would have registers of its own.
    """
    names = sorted(connections)
    parts = [name.encode() for name in names]
    for part in (kind, *(connections[name] for name in names)):
        comparison = _Comparison()
        try:
            comparison.dump(part)
        except (TypeError, AttributeError, ValueError, RecursionError, pickle.PicklingError) as error:
            raise ConfigError(
                f"block {kind.func.__name__}: an argument cannot be compared: {str(error)[:160]}"
            ) from None
        if {id(signal) for signal in comparison.signals} - bundled(part):
            raise ConfigError(f"block {kind.func.__name__}: signals in a list are no ports; join them by ConcatSignal")
        parts.append(comparison.text.getvalue())
    return tuple(parts)


def bundled(argument: Any, seen: set[int] | None = None) -> set[int]:
    """Return the `id` of each signal that an argument makes a port of: itself, or its attributes, at any depth."""
    seen = set() if seen is None else seen
    if isinstance(argument, _Signal):
        return {id(argument)}
    if id(argument) in seen or isinstance(argument, type | FunctionType | ModuleType | block_decorator):
        return set()
    seen.add(id(argument))
    return set().union(*(bundled(part, seen) for part in getattr(argument, "__dict__", {}).values()))


class _Comparison(pickle.Pickler):
    """A pickler that writes of signals what decides about hardware, and functions by what they do."""

    def __init__(self) -> None:
        self.text = io.BytesIO()
        self.signals: list[Any] = []
        super().__init__(self.text, protocol=4)
        self.fast = True

    def persistent_id(self, value: Any) -> Any:
        if isinstance(value, _Signal):
            self.signals.append(value)
            return _of_signal(value)
        if isinstance(value, FunctionType):
            cells = tuple(cell.cell_contents for cell in value.__closure__ or ())
            code = marshal.dumps(value.__code__, 2)  # of version 2: later ones depend on who else holds its parts
            return "function", value.__module__, code, value.__defaults__, value.__kwdefaults__, cells
        if isinstance(value, block_decorator):
            return "block", value.func
        if isinstance(value, ModuleType):
            return "module", value.__name__
        return None


def _of_signal(signal: Any) -> tuple[Any, ...]:
    """Return what of a signal shapes the hardware behind it: not its value, which is wired to it."""
    kind = type(signal.val) if isinstance(signal.val, intbv) else signal._type
    reset = (signal.active, signal.isasync) if isinstance(signal, ResetSignal) else ()
    return "signal", kind, len(signal), signal.min, signal.max, reset
