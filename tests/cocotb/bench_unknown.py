"""Unknown bits in four-state logic: in all signals and memories after reset, and at the ports under traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from cocotb.handle import ArrayObject, LogicArrayObject, LogicObject, PackedObject, SimHandleBase
from cocotb.handle import _HierarchyObjectBase as Scope

from tests.cocotb.bss2.bench_top import play
from tests.cocotb.bss2.session import Steps

SIGNALS = (LogicObject, LogicArrayObject, PackedObject)
"""Single bits, and vectors under both of their names."""


async def after(dut: Any, steps: Callable[..., Steps], *arguments: Any) -> tuple[int, list[str]]:
    """Play some steps; return how many signals and words of memories there are, and the paths of the unknown ones."""
    await play(dut, steps(*arguments))
    found = [*leaves(dut)]
    return len(found), [path for path, handle in found if not handle.value.is_resolvable]


def leaves(handle: Any) -> Iterator[tuple[str, Any]]:
    """Yield path and handle of all signals, and of all words of memories, below a handle.

    Raises `TypeError` for what is neither, so that nothing is passed over.
    """
    for child in handle:
        if isinstance(child, SIGNALS):
            yield child._path, child
        elif isinstance(child, ArrayObject | Scope):
            yield from leaves(child)
        else:
            raise TypeError(f"{child._path} is of an unknown kind, {type(child).__name__}")


async def during(dut: Any, session: Callable[..., Steps], *arguments: Any) -> tuple[int, list[str]]:
    """Play a session, and look at all ports and all wires between blocks in each cycle behind the first of its reset.

    Returns how many looks that were, and the paths of what was unknown.
    """
    signals = [child for child in dut if isinstance(child, SIGNALS)]
    looks, found = 0, set()

    def watched() -> Steps:
        nonlocal looks
        steps, answer = session(*arguments), None
        while True:
            try:
                drive, watch = steps.send(answer)
            except StopIteration:
                return
            answer = yield drive, watch
            looks += len(signals)
            found.update(signal._path for signal in signals if not signal.value.is_resolvable)

    await play(dut, watched())
    return looks, sorted(found)


async def initial(dut: Any, path: str) -> list[int]:
    """Return the words of a memory as they are."""
    handle: SimHandleBase = dut
    for name in path.split("."):
        handle = getattr(handle, name)
    return [int(word.value) for word in handle]  # type: ignore[attr-defined]
