"""Link blocks alone, between standard AXI4-Stream agents."""

from __future__ import annotations

from typing import Any

from cocotb.triggers import FallingEdge
from cocotbext.axi import AxiStreamSink, AxiStreamSource

from tests.cocotb.agents import start, stream, strobe


async def link_in(dut: Any, words: list[int], cycles: int, seed: int, pause: float, run_from: int) -> Any:
    """Send words; return (cycles of acceptance, (cycle, label) of events, late count). Time stands until run_from."""
    await start(dut, clear=1, run=0, now=0, tvalid=0)
    source = stream(AxiStreamSource, dut, None, seed, pause)
    await strobe(dut.clear, dut.clock)
    accepted, events = [], []
    if words:
        await source.send(b"".join(word.to_bytes(8, "little") for word in words))
    for cycle in range(-run_from, cycles):
        dut.run.value = int(cycle >= 0)
        dut.now.value = max(cycle, 0)
        if dut.tvalid.value and dut.tready.value:
            accepted.append(cycle)
        if dut.event_valid.value:
            events.append((cycle, int(dut.event_label.value)))
        await FallingEdge(dut.clock)
    late = int(dut.late_count.value)
    return accepted, events, late


async def link_out(dut: Any, events: list[tuple[int, int]], cycles: int, seed: int, pause: float, channel: int) -> Any:
    """Offer (cycle, label) where there is room; return (events taken, words with the cycle of their handshake)."""
    await start(dut, reset=1, clear=1, event_valid=0, now=0, channel=channel)
    sink = stream(AxiStreamSink, dut, None, seed, pause)
    await strobe(dut.reset, dut.clock)
    await strobe(dut.clear, dut.clock)
    offers = dict(events)
    taken, received = [], []
    for cycle in range(cycles):
        dut.now.value = cycle
        label = offers.get(cycle) if dut.room.value else None
        dut.event_valid.value = int(label is not None)
        if label is not None:
            dut.event_label.value = label
            taken.append((cycle, label))
        if dut.tvalid.value and dut.tready.value:
            received.append((cycle, int(dut.tdata.value)))
        await FallingEdge(dut.clock)
    words = []
    while not sink.empty():
        words.append(int.from_bytes(bytes(sink.recv_nowait().tdata), "little"))
    return taken, received, words
