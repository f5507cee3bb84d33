"""Each instance of a block has the Verilog of its own parameters and signals; equal ones share a module."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import partial
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pytest
from inloop import rtl
from inloop.behavioral.bss2.spec import chip_spec
from inloop.errors import ConfigError
from inloop.rtl.convert import verilog
from inloop.rtl.convert.hierarchy import part, placed
from inloop.rtl.convert.verilog import verilog_modules
from myhdl import ConcatSignal, ResetSignal, Signal, always, always_comb, block, intbv, modbv
from myhdl._block import block_decorator

from tests.rtl.bench import bit, vector

TINY = chip_spec("tiny")


@dataclass(frozen=True)
class Table:
    entries: Any


class Color(Enum):
    RED = 1
    BLUE = 2


class Opaque:
    __slots__ = ("step",)

    def __init__(self, step: int) -> None:
        self.step = step


def number(given: Any) -> int:
    """Return some number that depends on a parameter of any kind."""
    match given:
        case Table():
            return number(given.entries)
        case Opaque():
            return given.step
        case Color():
            return given.value
        case dict():
            return number(next(iter(given.values())))
        case np.ndarray():
            return int(given.sum())
        case frozenset() | list() | tuple():
            return sum(map(number, given))
        case str() | bytes():
            return len(given)
        case _ if callable(given):
            return int(given(1))
        case bool():
            return 5 if given else 6
    return int(given)


@block
def adder(clock: Any, a: Any, b: Any, k: Any) -> Any:
    step = number(k)

    @always(clock.posedge)
    def add() -> None:
        b.next = a + step

    return add


def converted(monkeypatch: pytest.MonkeyPatch, describe: Any, *ports: Any) -> dict[str, str]:
    """Return the modules of a design, as `verilog_modules` would of that of a chip."""
    by_name = dict(zip(signature(describe.func).parameters, ports, strict=True))
    monkeypatch.setattr(verilog, "_design", lambda _: (describe, by_name))
    return {name.removeprefix("inloop_tiny_"): text for name, text in verilog._converted(TINY).items()}


def instances(modules: dict[str, str]) -> dict[str, str]:
    """Return the module of each instance in the top."""
    return {label: kind for kind, label in re.findall(r"^inloop_tiny_(\w+) (\w+) \($", modules["inloop_tiny"], re.M)}


def two_of(kind: Any, first: Any, second: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the Verilog of two instances that differ in their parameter `k`."""

    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        left = kind(**placed(part("one", kind, clock=clock, a=a, b=b, k=first)))
        return left, kind(**placed(part("two", kind, clock=clock, a=a, b=c, k=second)))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))
    return [modules[instances(modules)[label]] for label in ("one", "two")]


def scaled(factor: int) -> Callable[[int], int]:
    return lambda value: value * factor


PAIRS: dict[str, tuple[Any, Any]] = {
    "int": (1, 2),
    "bool and int": (True, 1),
    "int and float": (1, 2.0),
    "str": ("a", "bc"),
    "bytes": (b"a", b"bc"),
    "tuple": ((1, 2), (1, 3)),
    "list": ([1, 2], [1, 2, 3]),
    "dict": ({"step": 1}, {"step": 2}),
    "frozenset": (frozenset({1}), frozenset({1, 2})),
    "array": (np.array([1, 2]), np.array([1, 3])),
    "numpy number": (np.int64(1), np.int64(2)),
    "dataclass": (Table(1), Table(2)),
    "array in a dataclass": (Table((np.arange(3),)), Table((np.arange(4),))),
    "bool and int in a table": (Table((True,)), Table((1,))),
    "enumeration": (Color.RED, Color.BLUE),
    "fraction": (Fraction(1), Fraction(2)),
    "slots": (Opaque(1), Opaque(2)),
    "intbv": (intbv(1)[4:], intbv(2)[4:]),
    "closure": (scaled(2), scaled(3)),
    "partial": (partial(pow, 2), partial(pow, 3)),
    "lambda": (lambda value: value + 1, lambda value: value + 2),
}


@pytest.mark.parametrize("pair", PAIRS)
def test_parameters_of_any_type(pair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = two_of(adder, *PAIRS[pair], monkeypatch)
    for text, given in zip(texts, PAIRS[pair], strict=True):
        assert f"(a + {number(given)})" in text
    assert texts[0] != texts[1]


EQUAL: dict[str, Callable[[], Any]] = {
    "int": lambda: 1,
    "table": lambda: Table((1, ["a" + str(len("b")), {"c": 2}])),
    "array": lambda: np.arange(4),
    "closure": lambda: scaled(2),
    "slots": lambda: Opaque(3),
}  # fmt: skip


@pytest.mark.parametrize("kind", EQUAL)
def test_equal_parameters_share_a_module(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    simple = lambda: EQUAL[kind]() if kind != "table" else Table((1, [2, {"c": 2}]))  # noqa: E731

    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        left = adder(**placed(part("one", adder, clock=clock, a=a, b=b, k=simple())))
        return left, adder(**placed(part("two", adder, clock=clock, a=a, b=c, k=simple())))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))
    assert set(instances(modules).values()) == {"adder"} == modules.keys() - {"inloop_tiny"}


def test_an_argument_without_a_value_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="block adder: an argument cannot be compared") as refused:
        two_of(adder, (n for n in range(3)), 1, monkeypatch)
    assert len(str(refused.value)) <= 300


@block
def copier(clock: Any, a: Any, b: Any) -> Any:
    low = 0 if a.min is None or a.min >= 0 else 1

    @always(clock.posedge)
    def copy() -> None:
        b.next = a + low

    return copy


SIGNALS: dict[str, tuple[Any, Any]] = {
    "widths": (lambda: vector(3), lambda: vector(4)),
    "signs": (lambda: Signal(intbv(0)[4:]), lambda: Signal(intbv(0, -8, 8))),
    "ranges of one width": (lambda: Signal(intbv(0, -8, 8)), lambda: Signal(intbv(-5, -8, -1))),
    "bit and vector": (bit, lambda: vector(1)),
    "wrapping": (lambda: vector(4), lambda: Signal(modbv(0)[4:])),
}


@pytest.mark.parametrize("pair", SIGNALS)
def test_signals_of_any_kind(pair: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = (make() for make in SIGNALS[pair])

    @block
    def whole(clock: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        left = copier(**placed(part("one", copier, clock=clock, a=a, b=c)))
        return left, copier(**placed(part("two", copier, clock=clock, a=b, b=d)))

    modules = converted(monkeypatch, whole, bit(), first, second, Signal(intbv(0, -9, 99)), Signal(intbv(0, -9, 99)))
    for label, signal in (("one", first), ("two", second)):
        text = modules[instances(modules)[label]]
        sign = "signed " if (signal.min or 0) < 0 else ""
        bits = "" if isinstance(signal.val, bool) else f"[{len(signal) - 1}:0] "
        assert f"input {sign}{bits}a;" in text
        assert ("a + 1" in text) == bool(sign)
    assert len(modules) == 3


def test_resets_of_two_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    from myhdl import always_seq

    @block
    def register(clock: Any, reset: Any, a: Any, b: Any) -> Any:
        @always_seq(clock.posedge, reset=reset)
        def store() -> None:
            b.next = a

        return store

    @block
    def whole(clock: Any, reset: Any, reset_n: Any, a: Any, b: Any, c: Any) -> Any:
        one = register(**placed(part("one", register, clock=clock, reset=reset, a=a, b=b)))
        return one, register(**placed(part("two", register, clock=clock, reset=reset_n, a=a, b=c)))

    resets = ResetSignal(0, active=1, isasync=False), ResetSignal(1, active=0, isasync=True)
    modules = converted(monkeypatch, whole, bit(), *resets, vector(4), vector(4), vector(4))
    assert "if (reset == 1)" in modules[instances(modules)["one"]]
    assert "negedge reset" in modules[instances(modules)["two"]]


@block
def chain(clock: Any, a: Any, b: Any, k: tuple[int, ...]) -> Any:
    """Blocks in a block, with a list of signals whose length is a parameter."""
    stages = [a, *(Signal(intbv(0)[8:]) for _ in k)]
    inner = [
        adder(**placed(part(f"stage_{n}", adder, clock=clock, a=stages[n], b=stages[n + 1], k=step)))
        for n, step in enumerate(k)
    ]
    last = stages[-1]

    @always_comb
    def show() -> None:
        b.next = last

    return inner, show


def test_blocks_inside_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = two_of(chain, (1, 2), (3, 4, 5), monkeypatch)
    assert [re.findall(r"\+ (\d)\)", text) for text in texts] == [["1", "2"], ["3", "4", "5"]]


def test_no_module_is_left_over(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, a: Any, b: Any) -> Any:
        return chain(**placed(part("one", chain, clock=clock, a=a, b=b, k=(1, 2))))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8))
    assert modules.keys() == {"chain", "inloop_tiny"}


def test_blocks_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(step: int) -> Any:
        @block
        def adder(clock: Any, a: Any, b: Any, k: int) -> Any:
            @always(clock.posedge)
            def add() -> None:
                b.next = a + step + k

            return add

        return adder

    one, two = made(1), made(2)

    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        left = one(**placed(part("one", one, clock=clock, a=a, b=b, k=0)))
        return left, two(**placed(part("two", two, clock=clock, a=a, b=c, k=0)))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))
    assert ["a + 1" in modules["adder"], "a + 2" in modules["adder_2"]] == [True, True], modules


def test_a_block_that_is_placed_and_also_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        return adder(**placed(part("one", adder, clock=clock, a=a, b=b, k=1))), adder(clock=clock, a=a, b=c, k=2)

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))
    assert instances(modules) == {"one": "adder"}
    assert "(a + 2)" in modules["inloop_tiny"]


class Bus:
    def __init__(self) -> None:
        self.data, self.valid = vector(4), bit()


@block
def gate(clock: Any, bus: Any, b: Any) -> Any:
    @always(clock.posedge)
    def store() -> None:
        if bus.valid:
            b.next = bus.data

    return store


def test_signals_in_a_bundle_are_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, data: Any, valid: Any, b: Any) -> Any:
        bus = Bus()
        bus.data, bus.valid = data, valid
        return gate(**placed(part("one", gate, clock=clock, bus=bus, b=b)))

    modules = converted(monkeypatch, whole, bit(), vector(4), bit(), vector(4))
    assert ".bus_data(data)" in modules["inloop_tiny"]
    assert ".bus_valid(valid)" in modules["inloop_tiny"]
    assert "input [3:0] bus_data;" in modules["gate"]


@block
def summed(clock: Any, parts: Any, b: Any) -> Any:
    count = len(parts)

    @always(clock.posedge)
    def add() -> None:
        total = intbv(0)[8:]
        total[:] = 0
        for n in range(count):
            total[:] = total + parts[n]
        b.next = total

    return add


@block
def ignoring(clock: Any, parts: Any, b: Any) -> Any:
    first = parts[0][0]

    @always(clock.posedge)
    def store() -> None:
        b.next = first

    return store


@pytest.mark.parametrize(("kind", "nest"), [(summed, lambda part: part), (ignoring, lambda part: (part,))])
def test_signals_that_cannot_be_ports_are_refused(kind: Any, nest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the module would have registers of its own in their place."""

    @block
    def whole(clock: Any, a: Any, b: Any) -> Any:
        parts = [a, vector(4)]
        return kind(**placed(part("one", kind, clock=clock, parts=nest(parts), b=b)))

    with pytest.raises(ConfigError, match="signals in a list are no ports"):
        converted(monkeypatch, whole, bit(), vector(4), vector(8))


def test_labels_are_unique(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        left = adder(**placed(part("one", adder, clock=clock, a=a, b=b, k=1)))
        return left, adder(**placed(part("one", adder, clock=clock, a=a, b=c, k=1)))

    with pytest.raises(ConfigError, match="two instances of whole are called one"):
        converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))


def test_parameters_that_change_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    steps = iter(range(9))

    @block
    def whole(clock: Any, a: Any, b: Any) -> Any:
        return adder(**placed(part("one", adder, clock=clock, a=a, b=b, k=next(steps))))

    with pytest.raises(ConfigError, match="one of whole has other parameters each time"):
        converted(monkeypatch, whole, bit(), vector(4), vector(8))


def test_a_part_of_a_signal_cannot_be_driven(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, a: Any, b: Any) -> Any:
        return adder(**placed(part("one", adder, clock=clock, a=a, b=b(8, 4), k=1)))

    with pytest.raises(ConfigError, match=r"one\.b drives a part of a signal"):
        converted(monkeypatch, whole, bit(), vector(4), vector(8))


@block
def with_default(clock: Any, a: Any, b: Any, k: int = 1) -> Any:
    @always(clock.posedge)
    def add() -> None:
        b.next = a + k

    return add


def test_parameters_by_name_are_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who passes one beside `placed` gets the block flat, with that parameter."""

    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        one = with_default(**placed(part("one", with_default, clock=clock, a=a, b=b)))
        return one, with_default(**placed(part("two", with_default, clock=clock, a=a, b=c)), k=2)

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))
    assert instances(modules) == {"one": "with_default"}
    assert ["a + 1" in modules["with_default"], "a + 2" in modules["inloop_tiny"]] == [True, True]


def test_one_signal_on_two_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def pair(clock: Any, a: Any, b: Any, c: Any) -> Any:
        @always(clock.posedge)
        def add() -> None:
            c.next = a + b

        return add

    @block
    def whole(clock: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
        left = pair(**placed(part("one", pair, clock=clock, a=a, b=a, c=c)))
        return left, pair(**placed(part("two", pair, clock=clock, a=a, b=b, c=d)))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(4), vector(8), vector(8))
    assert set(instances(modules).values()) == {"pair"}
    assert "(a + b)" in modules["pair"]


def test_constants_and_parts_of_vectors_are_wired(monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, a: Any, b: Any, c: Any) -> Any:
        constant, pair = Signal(intbv(9)[4:]), ConcatSignal(a(2, 0), a(4, 2))
        one = adder(**placed(part("one", adder, clock=clock, a=constant, b=b, k=1)))
        return one, adder(**placed(part("two", adder, clock=clock, a=pair, b=c, k=1)))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(8), vector(8))
    assert modules.keys() == {"adder", "inloop_tiny"}
    assert re.search(r"assign constant = 4'd9;", modules["inloop_tiny"])


def test_the_chip_has_as_many_modules_as_kinds_of_blocks() -> None:
    """One per block, and a second one where a field makes two of a kind."""
    names = [name.removeprefix("inloop_tiny_") for name in verilog_modules(TINY)]
    assert len(names) == 15
    assert not any(Path(name).name[-1].isdigit() for name in names)


@pytest.mark.parametrize("folder", ["lib", "bss1", "bss2"])
def test_blocks_cannot_be_wired_by_position(folder: str) -> None:
    """So two signals of one width cannot change places unseen."""
    modules = [name for _, name, _ in iter_modules([str(Path(rtl.__file__).parent / folder)])]
    kinds = [
        kind
        for name in modules
        for kind in vars(import_module(f"{rtl.__name__}.{folder}.{name}")).values()
        if isinstance(kind, block_decorator)
    ]
    assert kinds
    for kind in kinds:
        parameters = signature(kind.func).parameters.values()
        assert {parameter.kind for parameter in parameters} == {Parameter.KEYWORD_ONLY}, kind.name
        assert {parameter.default for parameter in parameters} == {Parameter.empty}, kind.name


def test_parts_cannot_be_wired_by_position() -> None:
    clock, a, b = bit(), vector(4), vector(8)
    with pytest.raises(TypeError, match="positional"):
        part("one", adder, clock, a, b, 1)  # type: ignore[call-arg]


@pytest.mark.parametrize(("left_out", "added"), [("a", {}), (None, {"c": 1})])
def test_a_connection_that_the_block_does_not_have_and_one_that_is_missing(left_out: str | None, added: Any) -> None:
    signals = {"clock": bit(), "a": vector(4), "b": vector(8), "k": 1, **added}
    one = part("one", adder, **{name: signal for name, signal in signals.items() if name != left_out})
    with pytest.raises(TypeError, match="'a'" if left_out else "'c'"):
        one.kind(**placed(one))


@pytest.mark.parametrize("first", ["a", "b"])
def test_connections_may_come_in_any_order(first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @block
    def whole(clock: Any, a: Any, b: Any) -> Any:
        wires = {"a": a, "b": b} if first == "a" else {"b": b, "a": a}
        return copier(**placed(part("one", copier, **wires, clock=clock)))

    modules = converted(monkeypatch, whole, bit(), vector(4), vector(4))
    assert ".a(a)" in modules["inloop_tiny"]
    assert ".b(b)" in modules["inloop_tiny"]
    assert "module inloop_tiny_copier (\n    clock,\n    a,\n    b\n);" in modules["copier"]
