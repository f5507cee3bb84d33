"""Sessions of the path of a HICANN in the simulator."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge, Timer
from inloop.behavioral.hicann.path.config import HicannConfig
from inloop.behavioral.hicann.spec import HicannSpec
from inloop.rtl.hicann.register_map import config_writes, control_write, register_map

from tests.cocotb.agents import PERIOD_NS, start
from tests.cocotb.bench_top import leaves, play
from tests.cocotb.hicann.session import COUNTERS, reset, sample, session
from tests.cocotb.session import Steps, cut, read, write

SETTLE = 200
"""Cycles in which what is under way comes to rest."""


async def run(dut: Any, *arguments: Any) -> Any:
    """Play a session and return its record."""
    return await play(dut, session(*arguments))


async def interrupted(dut: Any, first: Any, after: int, second: Any) -> Any:
    """Reset in the middle of a session, with its traffic still on the ports, and play another one."""
    await play(dut, cut(session(*first), after))
    return await play(dut, session(*second))


async def samples(dut: Any, spec: HicannSpec, config: HicannConfig, runs: list[Any]) -> list[Any]:
    """Configure once; then play (stimulus, cycles, fires) one after the other, separated by clear alone."""
    records = [await play(dut, session(spec, config, *runs[0]))]
    for each in runs[1:]:
        records.append(await play(dut, sample(spec, *each)))
    return records


def prepare(spec: HicannSpec, config: HicannConfig) -> Steps:
    """Reset, configure, clear and run."""
    yield from reset()
    for address, word in config_writes(spec, config, HicannConfig.default(spec)):
        yield from write(address, word)
    yield from write(*control_write(spec, clear=True))
    yield from write(*control_write(spec, run=True))


def counters(spec: HicannSpec) -> Steps:
    """Read all counters; return their words by name."""
    registers, words = register_map(spec), {}
    for name in COUNTERS:
        words[name] = []
        for n in range(registers.bank(name).count):
            words[name].append((yield from read(registers.address(name, n))))
    return words


async def held(
    dut: Any, spec: HicannSpec, config: HicannConfig, inputs: dict[str, int], cycles: int, rest: dict[str, int]
) -> Any:
    """Hold inputs for so many cycles in a design that runs, then put them to `rest`; return all counters by name."""
    await play(dut, prepare(spec, config))
    await start(dut, **inputs)
    await Timer(cycles * PERIOD_NS, "ns")
    await start(dut, **rest)
    await Timer(SETTLE * PERIOD_NS, "ns")
    return await play(dut, counters(spec))


async def accesses(dut: Any, steps: list[tuple[int, int | None]]) -> list[tuple[int, int]]:
    """Reset, then write (address, word) or read (address, None); return response and data of each."""
    await play(dut, reset())
    answers = []
    for address, word in steps:
        way, channel = ("aw", "b") if word is not None else ("ar", "r")
        inputs = {f"s_axil_{way}addr": address, f"s_axil_{way}valid": 1}
        if word is not None:
            inputs |= {"s_axil_wdata": word, "s_axil_wvalid": 1}
        await start(dut, **inputs)
        await start(dut, **{name: 0 for name in inputs if name.endswith("valid")})
        while not getattr(dut, f"s_axil_{channel}valid").value:
            await FallingEdge(dut.clock)
        data = int(dut.s_axil_rdata.value) if word is None else 0
        answers.append((int(getattr(dut, f"s_axil_{channel}resp").value), data))
        await FallingEdge(dut.clock)
    return answers


async def unknown(dut: Any) -> tuple[int, list[str]]:
    """Reset; return how many signals were looked at, and the names of those with unknown bits.

    Left out is storage that is read only where it was written.
    """
    await play(dut, reset())
    await Timer(SETTLE * PERIOD_NS, "ns")
    found = [*leaves(dut)]
    return len(found), [path for path, handle in found if not handle.value.is_resolvable]
