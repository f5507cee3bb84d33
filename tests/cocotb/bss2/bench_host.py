"""The whole design between standard agents: an AXI4-Lite master, and AXI4-Stream sources and sinks."""

from __future__ import annotations

import random
from typing import Any

import cocotb
from cocotb.triggers import Combine, FallingEdge
from cocotbext.axi import AxiLiteBus, AxiLiteMaster, AxiResp, AxiStreamSink, AxiStreamSource
from inloop.behavioral.bss2.fabric.config import FabricConfig
from inloop.behavioral.bss2.spec import ChipSpec
from inloop.rtl.bss2.register_map import config_writes, control_write

from tests.cocotb.agents import keep, pauses, start, stream, strobe

Answer = tuple[int, int]
"""Data (0 for a write) and response."""


async def master(dut: Any, seed: int = 0, pause: float = 0.0) -> Any:
    """Reset the design and return the AXI4-Lite master, all of whose channels pause in a share of the cycles."""
    await start(dut, reset=1, fire=0)
    bus = AxiLiteBus.from_prefix(dut, "s_axil")
    agent = keep("master", lambda: AxiLiteMaster(bus, dut.clock))
    channels = (
        agent.write_if.aw_channel, agent.write_if.w_channel, agent.write_if.b_channel, agent.read_if.ar_channel,
        agent.read_if.r_channel,
    )  # fmt: skip
    for number, channel in enumerate(channels):
        channel.log.setLevel("ERROR")
        channel.set_pause_generator(pauses(seed + number, pause))
    await strobe(dut.reset, dut.clock, 3)
    await FallingEdge(dut.clock)
    return agent


async def access(agent: Any, operation: tuple[int, int | None, int]) -> Answer:
    """Do one operation: address, word to write or None to read, number of bytes. Return data and response."""
    address, word, count = operation
    if word is None:
        result = await agent.read(address, count)
        return int.from_bytes(result.data, "little"), int(result.resp)
    result = await agent.write(address, word.to_bytes(4, "little")[:count])
    return 0, int(result.resp)


async def operations(dut: Any, steps: list[tuple[int, int | None, int]], seed: int, pause: float) -> list[Answer]:
    """Reset, then do operations one after the other."""
    agent = await master(dut, seed, pause)
    return [await access(agent, step) for step in steps]


async def in_parallel(
    dut: Any, writes: list[tuple[int, int]], reads: list[int], seed: int, pause: float
) -> tuple[list[Answer], list[Answer]]:
    """Reset, then write and read at the same time; each in its own order."""
    agent = await master(dut, seed, pause)
    answers: tuple[list[Answer], list[Answer]] = ([], [])

    async def write_all() -> None:
        for address, word in writes:
            answers[0].append(await access(agent, (address, word, 4)))

    async def read_all() -> None:
        for address in reads:
            answers[1].append(await access(agent, (address, None, 4)))

    await Combine(cocotb.start_soon(write_all()), cocotb.start_soon(read_all()))
    return answers


async def traffic(
    dut: Any, spec: ChipSpec, config: FabricConfig, words: list[list[int]], cycles: int, seed: int, pause: float
) -> Any:
    """Configure, then run with sources and sinks that stall.

    Returns, from some cycle before cycle 0 on: per link the cycles in which each word was offered, ready as bool
    (links, cycles), from cycle 0, and per link (cycle, word) of what came out.
    """
    links = range(spec.link_channels)
    await master(dut)  # so that agents meet no unknown value
    sources = [stream(AxiStreamSource, dut, f"s_axis_{k}", seed + k, pause) for k in links]
    for k in links:
        stream(AxiStreamSink, dut, f"m_axis_{k}", seed + 9 + k, pause)
    agent = await master(dut)
    for address, word in [*config_writes(spec, config, FabricConfig.default(spec)), control_write(spec, clear=True)]:
        result = await agent.write(address, word.to_bytes(4, "little"))
        assert result.resp == AxiResp.OKAY
    ports = [[getattr(dut, f"{side}_axis_{k}_{name}") for side, name in PORTS] for k in links]
    rng = random.Random(seed)
    starts = {rng.randrange(60): (source, chosen) for source, chosen in zip(sources, words, strict=True) if chosen}
    cocotb.start_soon(access(agent, (*control_write(spec, run=True), 4)))
    samples: list[Any] = []
    zero = 0
    while len(samples) < zero + cycles:
        if len(samples) in starts:
            source, chosen = starts[len(samples)]
            await source.send(b"".join(word.to_bytes(8, "little") for word in chosen))
        samples.append([[int(port.value) for port in link] for link in ports])
        if int(dut.system_time.value) == 0:
            zero = len(samples) - 1  # in the end the last cycle with time 0, which is cycle 0
        await FallingEdge(dut.clock)
    return [_seen([sample[k] for sample in samples], zero) for k in links]


def _seen(samples: list[list[int]], zero: int) -> tuple[list[int], list[bool], list[tuple[int, int]]]:
    """Return cycles of offers, readiness from cycle 0 on, and (cycle, word) sent, of one link."""
    offered, sent, is_open = [], [], False
    for at, (valid, taken, out_valid, out_ready, data) in enumerate(samples):
        if valid and not is_open:
            offered.append(at - zero)
        is_open = bool(valid and not taken)
        if out_valid and out_ready:
            sent.append((at - zero, data))
    return offered, [bool(sample[3]) for sample in samples[zero:]], sent


PORTS = (("s", "tvalid"), ("s", "tready"), ("m", "tvalid"), ("m", "tready"), ("m", "tdata"))
