"""Sessions of the whole design in the simulator."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge, Timer
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.bss2.register_map import control_write, register_map

from tests.cocotb.agents import PERIOD_NS, start
from tests.cocotb.bss2.session import TO_EFFECT, Steps, counters, cut, prepare, read, reset, sample, session, write

SETTLE = 100
"""Cycles in which what is under way comes to rest."""


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


async def interrupted(dut: Any, first: Any, after: int, second: Any) -> Any:
    """Reset in the middle of a session, with its traffic still on the ports, and play another one."""
    await play(dut, cut(session(*first), after))
    return await play(dut, session(*second))


async def samples(dut: Any, spec: ChipSpec, config: FabricConfig, runs: list[Any]) -> list[Any]:
    """Configure once; then play (stimulus, cycles, fires) one after the other, separated by clear alone."""
    records = [await play(dut, session(spec, config, *runs[0]))]
    for run in runs[1:]:
        records.append(await play(dut, sample(spec, *run)))
    return records


async def held(dut: Any, spec: ChipSpec, config: FabricConfig, inputs: dict[str, int], cycles: int) -> dict[str, Any]:
    """Hold inputs for exactly so many cycles from cycle 0 on, wait a little, and return all counters by name."""
    await play(dut, prepare(spec, config))
    await play(dut, cut(write(*control_write(spec, run=True)), TO_EFFECT - 1))
    return await held_on(dut, spec, inputs, cycles)


async def held_on(dut: Any, spec: ChipSpec, inputs: dict[str, int], cycles: int) -> dict[str, Any]:
    """Hold inputs for so many cycles from the next one on, in a design that runs."""
    await start(dut)
    for name, value in inputs.items():
        getattr(dut, name).value = value
    await Timer(cycles * PERIOD_NS, "ns")
    for name in inputs:
        getattr(dut, name).value = 0
    await Timer(SETTLE * PERIOD_NS, "ns")
    return await play(dut, counters(spec))


async def offered_through_clear(dut: Any, spec: ChipSpec, config: FabricConfig) -> tuple[list[int], list[int]]:
    """Offer words to link 0 in each cycle of a write of `clear`; then run.

    The words number the cycles from the offer of the write on. Returns whether the link was ready in each cycle, and
    the words that came back.
    """
    await play(dut, prepare(spec, config))
    ready = []

    def observed() -> Steps:
        """Play the write with the offers beside it."""
        steps, answer = write(*control_write(spec, clear=True)), None
        while True:
            try:
                drive, watch = steps.send(answer)
            except StopIteration:
                break
            drive = {**drive, "s_axis_0_tvalid": 1, "s_axis_0_tdata": len(ready)}
            taken, *rest = yield drive, ("s_axis_0_tready", *watch)
            ready.append(taken)
            answer = tuple(rest)
        yield {"s_axis_0_tvalid": 0}, ()

    await play(dut, observed())
    await play(dut, write(*control_write(spec, run=True)))
    dut.m_axis_0_tready.value = 1
    words = []
    for _ in range(SETTLE):
        if dut.m_axis_0_tvalid.value:
            words.append(int(dut.m_axis_0_tdata.value) & 0x3FFF)
        await FallingEdge(dut.clock)
    return ready, words


async def read_time(dut: Any, spec: ChipSpec, time: int) -> tuple[int, int]:
    """Start at a time, which is put into its register, and read its low word, then its high word."""
    await play(dut, prepare(spec, FabricConfig.default(spec)))
    await deposit(dut, {"timer.now": time})
    await play(dut, write(*control_write(spec, run=True)))
    words = []
    for name in ("time_low", "time_high"):
        words.append(await play(dut, read(register_map(spec).address(name))))
    return words[0], words[1]


async def sent_at(dut: Any, spec: ChipSpec, config: FabricConfig, time: int, word: int) -> int:
    """Start at a time, which is put into its register, offer one word to link 0, and return what comes back there."""
    await play(dut, prepare(spec, config))
    await deposit(dut, {"timer.now": time})
    await play(dut, write(*control_write(spec, run=True)))
    dut.s_axis_0_tdata.value, dut.s_axis_0_tvalid.value = word, 1
    await FallingEdge(dut.clock)
    dut.s_axis_0_tvalid.value = 0
    while not dut.m_axis_0_tvalid.value:
        await FallingEdge(dut.clock)
    return int(dut.m_axis_0_tdata.value)


async def crowded(dut: Any, spec: ChipSpec, cycles: int) -> tuple[int, int]:
    """Offer a write and a read of the register bus in every cycle; return how many of each were answered."""
    await play(dut, reset(spec))
    address = register_map(spec).address("links")
    for channel in ("aw", "ar"):
        getattr(dut, f"s_axil_{channel}addr").value = address
        getattr(dut, f"s_axil_{channel}valid").value = 1
    dut.s_axil_wvalid.value = 1
    answers = [0, 0]
    for _ in range(cycles):
        answers[0] += int(dut.s_axil_bvalid.value)
        answers[1] += int(dut.s_axil_rvalid.value)
        await FallingEdge(dut.clock)
    return answers[0], answers[1]


async def deposit(dut: Any, values: dict[str, int]) -> None:
    """Set registers inside the design, by their path: states that would take too long to reach."""
    await start(dut)
    for path, value in values.items():
        handle = dut
        for name in path.split("."):
            handle = getattr(handle, name)
        handle.value = value
    await start(dut)
