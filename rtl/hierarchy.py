"""Placing blocks in the top: flat in simulation, as instances of their own Verilog modules in conversion.

MyHDL converts a whole hierarchy into one flat module. To get one module per block, the blocks are converted first, each
by itself; then the top is converted with a line of Verilog, an instantiation, in the place of each block.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from myhdl import ConcatSignal
from myhdl._ShadowSignal import _SliceSignal
from myhdl._Signal import _Signal


@dataclass(frozen=True)
class Module:
    """A block that exists as a Verilog module."""

    name: str
    outputs: frozenset[str]


_modules: dict[str, Module] = {}
_marked: list[Any] = []
_seen: dict[str, tuple[Any, tuple[Any, ...]]] | None = None


@contextmanager
def recorded_kinds() -> Iterator[dict[str, tuple[Any, tuple[Any, ...]]]]:
    """Collect each kind of block that is placed, with the arguments of its first instance."""
    global _seen
    _seen = {}
    try:
        yield _seen
    finally:
        _seen = None


@contextmanager
def instances_of(modules: dict[str, Module]) -> Iterator[None]:
    """Make `placed` instantiate these modules, by the name of their block, instead of describing the blocks."""
    _modules.update(modules)
    try:
        yield
    finally:
        _modules.clear()
        for kind in _marked:
            if hasattr(kind, "verilog_code"):
                del kind.verilog_code
        _marked.clear()


def placed(label: str, kind: Any, *arguments: Any) -> tuple[Any, ...]:
    """Return the arguments for `kind(*placed("label", kind, …))`, the instance `label` of a block."""
    if _seen is not None:
        _seen.setdefault(kind.func.__name__, (kind, arguments))
    module = _modules.get(kind.func.__name__)
    if module is None:
        return arguments
    names = inspect.signature(kind.func).parameters
    ports = {name: given for name, given in zip(names, arguments, strict=True) if isinstance(given, _Signal)}
    for name, signal in ports.items():
        if name in module.outputs:
            signal.driven = "wire"
        else:
            _mark_read(signal)
    connections = ",\n".join(f"    .{name}(${name})" for name in ports)
    kind.verilog_code = f"{module.name} {label} (\n{connections}\n);"
    _marked.append(kind)
    return arguments


def _mark_read(signal: Any) -> None:
    """Tell the converter that a signal is read, and what it is made of."""
    signal.read = True
    if isinstance(signal, ConcatSignal):
        signal.driven = "wire"
        for part in signal._sigargs:
            assert not isinstance(part, ConcatSignal), "the converter knows no name for a nested concatenation"
            _mark_read(part)
    elif isinstance(signal, _SliceSignal):
        _mark_read(signal._sig)
