"""Bundles of signals at the boundary; their names and directions are those of the AXI standards."""

from __future__ import annotations

from typing import Any

from myhdl import Signal, intbv

from .buildable import LINK_WORD_BITS
from .register_map import WORD_BITS


class AxiLite:
    """AXI4-Lite: write address, write data, write response, read address, read data."""

    def __init__(self, address_bits: int) -> None:
        self.awaddr = _vector(address_bits)
        self.awvalid = Signal(False)
        self.awready = Signal(False)
        self.wdata = _vector(WORD_BITS)
        self.wstrb = _vector(WORD_BITS // 8)
        self.wvalid = Signal(False)
        self.wready = Signal(False)
        self.bresp = _vector(2)
        self.bvalid = Signal(False)
        self.bready = Signal(False)
        self.araddr = _vector(address_bits)
        self.arvalid = Signal(False)
        self.arready = Signal(False)
        self.rdata = _vector(WORD_BITS)
        self.rresp = _vector(2)
        self.rvalid = Signal(False)
        self.rready = Signal(False)


class AxiStream:
    """AXI4-Stream without sideband signals."""

    def __init__(self, bits: int) -> None:
        self.tdata = _vector(bits)
        self.tvalid = Signal(False)
        self.tready = Signal(False)


class AxiStreams:
    """One stream per link channel, by number."""

    def __init__(self, channels: int) -> None:
        for channel in range(channels):
            setattr(self, str(channel), AxiStream(LINK_WORD_BITS))

    def __getitem__(self, channel: int) -> AxiStream:
        stream: AxiStream = getattr(self, str(channel))
        return stream


def _vector(bits: int) -> Any:
    return Signal(intbv(0)[bits:])
