"""Placing blocks in the top: flat in simulation, as instances of their own Verilog modules in conversion.

MyHDL converts a whole hierarchy into one flat module. To get one module per block, the blocks are converted first, each
by itself; then the top is converted with a line of Verilog, an instantiation, in the place of each block. Instances
that are the same hardware (`identity.py`) share a module. A block placed inside a placed one is flat in its module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, NamedTuple

from myhdl import ConcatSignal
from myhdl._block import _Block
from myhdl._extractHierarchy import _UserVerilogCode
from myhdl._ShadowSignal import _SliceSignal
from myhdl.conversion._analyze import _analyzeTopFunc

from ...errors import ConfigError
from ..identity import bundled, identity


@dataclass(frozen=True)
class Module:
    """A block that exists as a Verilog module. key: `identity` of the block with its arguments."""

    name: str
    outputs: frozenset[str]
    key: tuple[bytes, ...] = ()


class Placement(NamedTuple):
    """An instance of a block."""

    label: str
    kind: Any
    arguments: tuple[Any, ...]


_noted: ContextVar[Callable[[Placement], None] | None] = ContextVar("placements", default=None)


def placed(label: str, kind: Any, *arguments: Any) -> tuple[Any, ...]:
    """Return the arguments for `kind(*placed("label", kind, …))`, the instance `label` of a block."""
    note = _noted.get()
    if note is not None:
        note(Placement(label, kind, arguments))
    return arguments


@contextmanager
def _notes(note: Callable[[Placement], None]) -> Iterator[None]:
    token = _noted.set(note)
    try:
        yield
    finally:
        _noted.reset(token)


@contextmanager
def recorded_kinds() -> Iterator[dict[str, tuple[Any, tuple[Any, ...]]]]:
    """Collect each kind of block that is placed, by a name of its own, with the arguments of its first instance.

    The name is that of the block; further kinds of the same block get a number.
    """
    kinds: dict[str, tuple[Any, tuple[Any, ...]]] = {}
    seen: set[tuple[bytes, ...]] = set()

    def note(placement: Placement) -> None:
        key = identity(placement.kind, placement.arguments)
        if key not in seen:
            seen.add(key)
            own = placement.kind.func.__name__
            names = (own, *(f"{own}_{n}" for n in range(2, len(kinds) + 3)))
            kinds[next(name for name in names if name not in kinds)] = placement.kind, placement.arguments

    with _notes(note):
        yield kinds


def instances_of(modules: Iterable[Module], describe: Callable[[], Any]) -> tuple[Any, set[str]]:
    """Return the block that `describe` describes, with instances in the place of the blocks it places.

    Returns also the names of the modules that have an instance. Raises `ConfigError` for two instances of one label,
    for one that has no module, and for one that drives a part of a signal.
    """
    placements: list[Placement] = []
    with _notes(placements.append):
        whole = describe()
    by_key = {module.key: module for module in modules}
    labels: set[str] = set()
    used: set[str] = set()
    for block, placement in _found(whole, placements):
        if placement.label in labels:
            raise ConfigError(f"two instances of {whole.func.__name__} are called {placement.label}: name them apart")
        module = by_key.get(identity(placement.kind, placement.arguments))
        if module is None:
            raise ConfigError(
                f"{placement.label} of {whole.func.__name__} has other parameters each time it is described"
            )
        labels.add(placement.label)
        used.add(module.name)
        block.verilog_code = _Instance(module, placement, block.func)
    return whole, used


def _found(whole: Any, placements: list[Placement]) -> Iterator[tuple[Any, Placement]]:
    """Yield the outermost blocks that were placed, each with its placement."""
    for block in whole.subs:
        if not isinstance(block, _Block):
            continue
        for n, placement in enumerate(placements):
            if placement.kind.func is block.func and _same(placement.arguments, block.args) and not block.kwargs:
                yield block, placements.pop(n)
                break
        else:
            yield from _found(block, placements)


def _same(these: tuple[Any, ...], those: tuple[Any, ...]) -> bool:
    return len(these) == len(those) and all(a is b for a, b in zip(these, those, strict=True))


class _Instance(_UserVerilogCode):  # type: ignore[misc]
    """An instance of a module as the converter takes it; it becomes text when all signals have their names."""

    __slots__ = ("label", "module", "ports")

    def __init__(self, module: Module, placement: Placement, func: Any) -> None:
        super().__init__("", {}, func.__name__, func, "", 0)
        self.module, self.label = module, placement.label
        self.ports = ports(func, placement.arguments)
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


def ports(func: Any, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """Return the signals that become ports of a block, by name. The converter sees no arguments without signals."""
    shown = (given if bundled(given) else None for given in arguments)
    found: dict[str, Any] = _analyzeTopFunc(func, *shown).argdict
    return found


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
