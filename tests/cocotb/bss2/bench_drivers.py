"""Synapse drivers of one hemisphere alone: configuration words and bus events in bulk."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge

from tests.cocotb.agents import start, strobe

Event = int | None
"""Row select above synapse label on all buses, or no event."""


async def configure(dut: Any, words: list[int]) -> None:
    """Reset, then write the word of each driver."""
    await start(dut, reset=1, clear=1, tick=0, bus_valid=0, bus_events=0, select=0, write=1, index=0, wdata=0)
    await strobe(dut.reset, dut.clock)
    dut.clear.value = 0
    dut.select.value = 1
    for index, word in enumerate(words):
        dut.index.value = index
        dut.wdata.value = word
        await FallingEdge(dut.clock)
    dut.select.value = 0


async def play(dut: Any, words: list[int], steps: list[tuple[Event, int]], buses: int, bits: int) -> Any:
    """Configure, then give each cycle's event to all buses, and a recovery tick; return what the next cycle shows."""
    await configure(dut, words)
    outputs = (dut.pulse_valid, dut.row_exc, dut.row_inh, dut.pulse_label, dut.pulse_amplitude)
    seen = []
    for event, tick in steps:
        dut.bus_valid.value = 0 if event is None else (1 << buses) - 1
        if event is not None:
            dut.bus_events.value = sum(event << bits * bus for bus in range(buses))
        dut.tick.value = tick
        await FallingEdge(dut.clock)
        seen.append(tuple(int(output.value) for output in outputs))
    return seen


async def table(dut: Any, words: list[list[int]], steps: list[tuple[Event, int]], buses: int, bits: int) -> list[Any]:
    """Play the same steps under several configurations."""
    return [await play(dut, chosen, steps, buses, bits) for chosen in words]
