"""Sessions of the path of a HICANN in the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cocotb.triggers import FallingEdge
from inloop.behavioral.bss1.fabric.config import FabricConfig
from inloop.behavioral.bss1.fabric.result import EVENT_BITS, LOSS_BITS
from inloop.behavioral.bss1.fabric.wiring import ENCODERS
from inloop.behavioral.bss1.spec import Bss1Spec
from inloop.rtl.bss1.register_map import config_writes, control_write

from tests.cocotb.agents import start
from tests.cocotb.bss1.session import reset, run_from_clear, sample, session
from tests.cocotb.bss2.bench_top import deposit, play
from tests.cocotb.bss2.session import Steps, cut, write


async def run(dut: Any, *arguments: Any) -> Any:
    """Play a session and return its record."""
    return await play(dut, session(*arguments))


async def interrupted(dut: Any, first: Any, after: int, second: Any) -> Any:
    """Reset in the middle of a session, with its traffic still on the ports, and play another one."""
    await play(dut, cut(session(*first), after))
    return await play(dut, session(*second))


async def samples(dut: Any, spec: Bss1Spec, config: FabricConfig, runs: list[Any]) -> list[Any]:
    """Configure once; then play (stimulus, cycles, fires) one after the other, separated by clear alone."""
    records = [await play(dut, session(spec, config, *runs[0]))]
    for each in runs[1:]:
        records.append(await play(dut, sample(spec, *each)))
    return records


async def near_the_end(dut: Any, spec: Bss1Spec, config: FabricConfig, *arguments: Any) -> Any:
    """Clear, put all counters one before their end, run, and return the record of the run."""
    await play(dut, prepare(spec, config))
    await deposit(dut, dict(counter_registers()))
    return await play(dut, run_from_clear(spec, *arguments))


def prepare(spec: Bss1Spec, config: FabricConfig) -> Steps:
    """Reset, configure and clear; time stands."""
    yield from reset()
    for address, word in config_writes(spec, config, FabricConfig.default(spec)):
        yield from write(address, word)
    yield from write(*control_write(spec, clear=True))


def counter_registers() -> Iterator[tuple[str, int]]:
    """Yield the path of each counter in the design, and the value before its largest."""
    before = (1 << LOSS_BITS) - 2
    for n in range(ENCODERS):
        yield f"encoder_{n}.lost_count", before
        yield f"background_merger_{n}.encoder_overwritten", before
        yield f"background_merger_{n}.generator_overwritten", before
        yield f"dnc_merger_{n}.refused", before
        yield f"dnc_merger_{n}.event_count", (1 << EVENT_BITS) - 1
        for name in ("closed", "expired", "full_count", "collided"):
            yield f"release_{n}.{name}", before
    yield "link_out_0.lost_counts", sum(before << LOSS_BITS * n for n in range(ENCODERS))


WHOLE = 0xF
"""Byte strobes of a whole word."""


async def accesses(dut: Any, steps: list[tuple[int, int | None]], strobes: int = WHOLE) -> list[tuple[int, int]]:
    """Reset, then write (address, word) or read (address, None); return response and data of each."""
    await play(dut, reset())
    answers = []
    for address, word in steps:
        way, channel = ("aw", "b") if word is not None else ("ar", "r")
        inputs = {f"s_axil_{way}addr": address, f"s_axil_{way}valid": 1}
        if word is not None:
            inputs |= {"s_axil_wdata": word, "s_axil_wvalid": 1, "s_axil_wstrb": strobes}
        await start(dut, **inputs)
        await start(dut, **{name: 0 for name in inputs if name.endswith("valid")})
        while not getattr(dut, f"s_axil_{channel}valid").value:
            await FallingEdge(dut.clock)
        data = int(dut.s_axil_rdata.value) if word is None else 0
        answers.append((int(getattr(dut, f"s_axil_{channel}resp").value), data))
        await FallingEdge(dut.clock)
    return answers
