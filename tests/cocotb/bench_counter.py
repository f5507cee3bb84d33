"""A counter, to try the runner with."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge

from tests.cocotb.agents import start, strobe


async def count(dut: Any, cycles: int) -> list[int]:
    """Reset and return the values of the following cycles."""
    if cycles < 0:
        raise ValueError(f"{cycles} cycles")
    await start(dut)
    await strobe(dut.reset, dut.clock)
    seen = []
    for _ in range(cycles):
        seen.append(int(dut.value.value))
        await FallingEdge(dut.clock)
    return seen
