"""The path of a HICANN in MyHDL with its host, and what an analog core sees of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...behavioral.bss1.fabric.config import DECODERS, FabricConfig
from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec
from ..lib.bus_host import BusHost, Steps
from .ports import Ports, make_ports
from .register_map import config_writes
from .top import top


class Driver(BusHost):
    """The host of one chip. clock: of all chips in a simulation."""

    ports: Ports
    spec: Bss1Spec

    def __init__(self, spec: Bss1Spec, clock: Any) -> None:
        super().__init__(top, replace(make_ports(spec), clock=clock), spec)

    def configure(self, config: FabricConfig) -> Steps:
        """Write what differs from the reset values."""
        for address, value in config_writes(self.spec, config, FabricConfig.default(self.spec)):
            yield from self.write(address, value)

    def pulses(self) -> list[tuple[int, int, int]]:
        """Return the pulses of this cycle: driver, strobes, synapse address."""
        every, addresses, width = (
            int(self.ports.strobe),
            int(self.ports.synapse_address),
            self.spec.synapse_decoder_bits,
        )
        rows, driver = [], 0
        while every:
            strobes = every & (1 << len(DECODERS)) - 1
            if strobes:
                rows.append((driver, strobes, addresses >> width * driver & (1 << width) - 1))
            every, driver = every >> len(DECODERS), driver + 1
        return rows

    def leaving(self) -> list[tuple[int, int]]:
        """Return the events at the ends of the chip's lines in this cycle: line, address."""
        valid, bits = int(self.ports.line_valid), self.spec.address_bits
        addresses = int(self.ports.line_addresses) if valid else 0
        return [(n, addresses >> bits * n & (1 << bits) - 1) for n in range(ENCODERS) if valid >> n & 1]

    def enter(self, events: list[tuple[int, int]]) -> None:
        """Let events of other chips, line and address, enter in this cycle."""
        valid = addresses = 0
        for line, address in events:
            valid |= 1 << line - ENCODERS
            addresses |= address << (line - ENCODERS) * self.spec.address_bits
        self.ports.foreign_valid.next, self.ports.foreign_addresses.next = valid, addresses
