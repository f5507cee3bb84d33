"""Signals at the boundary in bundles; their names and directions are those of the AXI standards."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from myhdl import Signal, intbv

from .buildable import LINK_WORD_BITS
from .register_map import WORD_BITS


def vector(bits: int) -> Any:
    """Return a signal of so many bits, 0 at first."""
    return Signal(intbv(0)[bits:])


@dataclass(frozen=True)
class TopPorts:
    """Signals that each design has at its boundary."""

    clock: Any
    reset: Any
    s_axil: AxiLite

    def arguments(self, spec: Any) -> tuple[Any, ...]:
        """Return what the `top` of the design takes, in its order."""
        return (*(getattr(self, field.name) for field in fields(self)), spec)


class AxiLite:
    """AXI4-Lite: write address, write data, write response, read address, read data, in the order of `axi_lite`."""

    def __init__(self, address_bits: int) -> None:
        self.awaddr = vector(address_bits)
        self.awvalid = Signal(False)
        self.awready = Signal(False)
        self.wdata = vector(WORD_BITS)
        self.wstrb = vector(WORD_BITS // 8)
        self.wvalid = Signal(False)
        self.wready = Signal(False)
        self.bresp = vector(2)
        self.bvalid = Signal(False)
        self.bready = Signal(False)
        self.araddr = vector(address_bits)
        self.arvalid = Signal(False)
        self.arready = Signal(False)
        self.rdata = vector(WORD_BITS)
        self.rresp = vector(2)
        self.rvalid = Signal(False)
        self.rready = Signal(False)


class AxiStream:
    """AXI4-Stream without sideband signals."""

    def __init__(self, bits: int) -> None:
        self.tdata = vector(bits)
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
