"""Placing blocks in the top: flat in simulation, as instances of their own Verilog modules in conversion.

MyHDL converts a whole hierarchy into one flat module. To get one module per block, the blocks are converted first, each
by itself; then the top is converted with a line of Verilog, an instantiation, in the place of each block. Instances
that are the same hardware (`identity.py`) share a module. A block placed inside a placed one is flat in its module.

All connections are made by name, here and in the blocks: two signals of one width that change places by mistake would
pass every check of the tools.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from inspect import signature
from types import SimpleNamespace
from typing import Any

from myhdl import ConcatSignal
from myhdl._block import _Block
from myhdl._extractHierarchy import _UserVerilogCode
from myhdl._ShadowSignal import _SliceSignal
from myhdl._Signal import _Signal
from myhdl.conversion._analyze import expandinterface

from ...errors import ConfigError
from ..identity import bundled, identity


@dataclass(frozen=True)
class Module:
    """A block that exists as a Verilog module. key: `identity` of the block with its arguments."""

    name: str
    outputs: frozenset[str]
    key: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Part:
    """An instance of a block. connections: its signals and parameters by the names that the block has for them."""

    label: str
    kind: Any
    connections: dict[str, Any]

    def __getitem__(self, name: str) -> Any:
        """Return what a port is connected to, to connect others to it."""
        return self.connections[name]


def part(label: str, kind: Any, /, **connections: Any) -> Part:
    """Return the instance `label` of a block; `each.kind(**placed(each))` in a block describes it."""
    return Part(label, kind, connections)


_noted: ContextVar[Callable[[Part], None] | None] = ContextVar("parts", default=None)


def placed(part: Part) -> dict[str, Any]:
    """Return the arguments for the block of a part, which becomes a module of its own."""
    note = _noted.get()
    if note is not None:
        note(part)
    return part.connections


@contextmanager
def _notes(note: Callable[[Part], None]) -> Iterator[None]:
    token = _noted.set(note)
    try:
        yield
    finally:
        _noted.reset(token)


@contextmanager
def recorded_kinds() -> Iterator[dict[str, Part]]:
    """Collect each kind of block that is placed, by a name of its own, with its first instance.

    The name is that of the block; further kinds of the same block get a number.
    """
    kinds: dict[str, Part] = {}
    seen: set[tuple[bytes, ...]] = set()

    def note(part: Part) -> None:
        key = identity(part.kind, part.connections)
        if key not in seen:
            seen.add(key)
            own = part.kind.func.__name__
            names = (own, *(f"{own}_{n}" for n in range(2, len(kinds) + 3)))
            kinds[next(name for name in names if name not in kinds)] = part

    with _notes(note):
        yield kinds


def instances_of(modules: Iterable[Module], describe: Callable[[], Any]) -> tuple[Any, set[str]]:
    """Return the block that `describe` describes, with instances in the place of the blocks it places.

    Returns also the names of the modules that have an instance. Raises `ConfigError` for two instances of one label,
    for one that has no module, and for one that drives a part of a signal.
    """
    parts: list[Part] = []
    with _notes(parts.append):
        whole = describe()
    by_key = {module.key: module for module in modules}
    labels: set[str] = set()
    used: set[str] = set()
    for block, found in _found(whole, parts):
        if found.label in labels:
            raise ConfigError(f"two instances of {whole.func.__name__} are called {found.label}: name them apart")
        module = by_key.get(identity(found.kind, found.connections))
        if module is None:
            raise ConfigError(f"{found.label} of {whole.func.__name__} has other parameters each time it is described")
        labels.add(found.label)
        used.add(module.name)
        block.verilog_code = _Instance(module, found)
    return whole, used


def _found(whole: Any, parts: list[Part]) -> Iterator[tuple[Any, Part]]:
    """Yield the outermost blocks that were placed, each with its part."""
    for block in whole.subs:
        if not isinstance(block, _Block):
            continue
        for n, part in enumerate(parts):
            if part.kind.func is block.func and _same(part.connections, block.kwargs) and not block.args:
                yield block, parts.pop(n)
                break
        else:
            yield from _found(block, parts)


def _same(these: dict[str, Any], those: dict[str, Any]) -> bool:
    return these.keys() == those.keys() and all(given is those[name] for name, given in these.items())


class _Instance(_UserVerilogCode):  # type: ignore[misc]
    """An instance of a module as the converter takes it; it becomes text when all signals have their names."""

    __slots__ = ("label", "module", "ports")

    def __init__(self, module: Module, part: Part) -> None:
        func = part.kind.func
        super().__init__("", {}, func.__name__, func, "", 0)
        self.module, self.label = module, part.label
        self.ports = ports(func, part.connections)
        for name, signal in self.ports.items():
            if name in module.outputs:
                if isinstance(signal, ConcatSignal | _SliceSignal):
                    raise ConfigError(f"{self.label}.{name} drives a part of a signal; give it a signal of its own")
                signal.driven = "wire"
            else:
                _mark_read(signal)

    def __str__(self) -> str:
        connections = ",\n".join(f"    .{name}({signal})" for name, signal in self.ports.items())
        return f"\n{self.module.name} {self.label} (\n{connections}\n);\n"


def ports(func: Any, connections: dict[str, Any]) -> dict[str, Any]:
    """Return the signals that become ports of a block, by name and in its order; those of bundles are the last."""
    shown = {name: connections[name] for name in signature(func).parameters if bundled(connections.get(name))}
    signals: dict[str, Any] = {name: given for name, given in shown.items() if isinstance(given, _Signal)}
    found = SimpleNamespace(argdict=signals, argnames=list(signals))
    for name, given in shown.items():
        if name not in signals:
            expandinterface(found, name, given)
    return signals


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
