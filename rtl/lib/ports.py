"""Signals at the boundary in bundles; their names and directions are those of the AXI standards."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from myhdl import Signal

from .register_map import WORD_BITS
from .vectors import vector


@dataclass(frozen=True)
class TopPorts:
    """Signals that each design has at its boundary."""

    clock: Any
    reset: Any
    s_axil: AxiLite

    def connections(self, spec: Any) -> dict[str, Any]:
        """Return what the `top` of the design takes, by name."""
        return {**{field.name: getattr(self, field.name) for field in fields(self)}, "spec": spec}


class AxiLite:
    """AXI4-Lite: write address, write data, write response, read address, read data."""

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

    def __init__(self, channels: int, bits: int) -> None:
        for channel in range(channels):
            setattr(self, str(channel), AxiStream(bits))

    def __getitem__(self, channel: int) -> AxiStream:
        stream: AxiStream = getattr(self, str(channel))
        return stream
