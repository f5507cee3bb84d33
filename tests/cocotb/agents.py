"""Coroutines that benches share: the clock, reset, and the standard agents of AXI4-Stream."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any

from cocotb.clock import Clock
from cocotb.triggers import FallingEdge
from cocotbext.axi import AxiStreamBus

PERIOD_NS = 8
_kept: dict[str, Any] = {}


def keep(name: str, make: Callable[[], Any]) -> Any:
    """Return what was made under this name in this simulation, or make it: clocks and agents live on."""
    if name not in _kept:
        _kept[name] = make()
    return _kept[name]


async def start(dut: Any, **inputs: int) -> None:
    """Start the clock at the first call, and set inputs. All benches act and look at falling edges.

    In the middle of a cycle all registers show their value of this cycle, and what is set now is what they will see.
    """
    keep("clock", lambda: Clock(dut.clock, PERIOD_NS, unit="ns").start())
    for name, value in inputs.items():
        getattr(dut, name).value = value
    await FallingEdge(dut.clock)


def pauses(seed: int, share: float) -> Iterator[bool]:
    """Yield for each cycle whether an agent pauses."""
    rng = random.Random(seed)
    while True:
        yield rng.random() < share


async def strobe(signal: Any, clock: Any, cycles: int = 2) -> None:
    """Hold a signal at 1 for some cycles."""
    signal.value = 1
    for _ in range(cycles):
        await FallingEdge(clock)
    signal.value = 0


def stream(kind: Any, dut: Any, prefix: str | None, seed: int, pause: float) -> Any:
    """Return the AXI4-Stream agent of a bus, emptied, that pauses in a share of the cycles."""
    bus = AxiStreamBus.from_prefix(dut, prefix) if prefix else AxiStreamBus.from_entity(dut)
    agent = keep(f"{kind.__name__} {prefix}", lambda: kind(bus, dut.clock))
    agent.log.setLevel("ERROR")
    agent.clear()
    agent.assert_reset()
    agent.set_pause_generator(pauses(seed, pause))
    return agent
