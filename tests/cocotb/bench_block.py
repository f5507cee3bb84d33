"""Blocks alone: configuration words first, then what they see in each cycle."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge, Timer

from tests.cocotb.agents import PERIOD_NS, start, strobe


async def configure(dut: Any, words: list[tuple[int, int]], idle: dict[str, int]) -> None:
    """Put all inputs to rest, reset, write (index, word), and clear."""
    resets = [name for name in ("reset", "clear") if hasattr(dut, name)]
    access = {"select": 0, "write": 1, "index": 0, "wdata": 0} if words else {}
    await start(dut, **(access | idle | dict.fromkeys(resets, 1)))
    for name in resets:
        await strobe(getattr(dut, name), dut.clock)
    if words:
        dut.select.value = 1
        for index, word in words:
            dut.index.value, dut.wdata.value = index, word
            await FallingEdge(dut.clock)
        dut.select.value = 0
        await strobe(dut.clear, dut.clock)


async def play(
    dut: Any, words: list[tuple[int, int]], idle: dict[str, int], steps: list[dict[str, int]], watch: tuple[str, ...]
) -> list[tuple[int, ...]]:
    """Configure; then drive the inputs of each cycle, those not named at rest. Return what was seen in each cycle.

    In a cycle, outputs are read after its inputs are set, so a step also shows what follows from them without a clock.
    """
    await configure(dut, words, idle)
    seen = []
    for step in steps:
        for name, value in (idle | step).items():
            getattr(dut, name).value = value
        await Timer(1, "ns")
        seen.append(tuple(int(getattr(dut, name).value) for name in watch))
        await FallingEdge(dut.clock)
    return seen


async def crossbar(
    dut: Any, words: list[tuple[int, int]], steps: list[dict[str, int]], ready: list[list[bool]], depth: int
) -> Any:
    """Play the crossbar in front of FIFOs of a depth, of which the host takes an event per cycle in which it is ready.

    Returns events (valid, labels) at the outputs of each cycle, and (event counters, drop counters) behind the last.
    """
    await configure(dut, words, {"valid": 0, "labels": 0, "room": 0, "slow": 0, "count_events": 0})
    links = len(ready)
    counts, seen = [0] * links, []
    for cycle, step in enumerate(steps):
        valid = int(dut.event_valid.value)
        seen.append((valid, int(dut.event_labels.value)))
        coming = [valid >> len(dut.event_valid) - links + k & 1 for k in range(links)]
        room = sum((counts[k] + coming[k] < depth) << k for k in range(links))
        for name, value in (step | {"room": room}).items():
            getattr(dut, name).value = value
        for k in range(links):
            counts[k] += coming[k] - (counts[k] > 0 and ready[k][cycle % len(ready[k])])
        await FallingEdge(dut.clock)
    return seen, int(dut.event_counts.value), int(dut.drop_counts.value)


async def settled(dut: Any, steps: list[dict[str, int]], watch: str) -> list[int]:
    """Set the inputs of a block without a clock, one step after the other; return an output for each."""
    seen = []
    for step in steps:
        for name, value in step.items():
            getattr(dut, name).value = value
        await Timer(PERIOD_NS, "ns")
        seen.append(int(getattr(dut, watch).value))
    return seen
