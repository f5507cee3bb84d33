"""Sessions of the whole design in the simulator."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge

from tests.cocotb.agents import start
from tests.cocotb.session import Steps, session


async def play(dut: Any, steps: Steps) -> Any:
    """Drive and watch what a generator of steps asks for; return its result."""
    await start(dut)
    edge = FallingEdge(dut.clock)
    handles: dict[str, Any] = {}
    driven: dict[str, int] = {}
    answer: tuple[int, ...] | None = None
    while True:
        try:
            drive, watch = steps.send(answer)  # type: ignore[arg-type]
        except StopIteration as stop:
            return stop.value
        for name in (*drive, *watch):
            if name not in handles:
                handles[name] = getattr(dut, name)
        for name, value in drive.items():
            if driven.get(name) != value:
                handles[name].value = driven[name] = value
        answer = tuple(int(handles[name].value) for name in watch)
        await edge


async def run(dut: Any, *arguments: Any) -> Any:
    """Play a session of the whole design and return its record."""
    return await play(dut, session(*arguments))
