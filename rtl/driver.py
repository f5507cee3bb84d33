"""The design in MyHDL with a host: registers by AXI4-Lite, spikes by AXI4-Stream, one clock."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from myhdl import StopSimulation, block, delay, instance

from ..behavioral.fabric.config import FabricConfig
from ..behavioral.spec import ChipSpec
from .elaboration import elaborate
from .host import config_writes
from .top import top
from .top_ports import Ports, make_ports

EFFECT = 3
"""Cycles from the handshake of a write to its effect, if the register file is idle."""


class Driver:
    """A host and its clock. Methods are generators: `yield from driver.write(…)` inside a script."""

    def __init__(self, spec: ChipSpec) -> None:
        self.spec = spec
        self.ports: Ports = make_ports(spec)
        self.dut: Any = None

    def play(self, script: Callable[[Any], Generator[Any, None, None]]) -> None:
        """Run a script from reset to its end."""
        spec, ports = self.spec, self.ports

        @block
        def bench() -> Any:
            dut = top(*ports.arguments(spec))
            self.dut = dut

            @instance
            def host() -> Any:
                ports.reset.next = 1
                for _ in range(3):
                    yield from self.edge()
                ports.reset.next = 0
                yield from self.edge()
                yield from script(self)
                raise StopSimulation

            return dut, host

        simulation = elaborate(bench)
        try:
            simulation.run_sim(quiet=1)
        finally:
            simulation.quit_sim()

    def edge(self) -> Generator[Any, None, None]:
        """Let one cycle pass; what was set before is seen at its end, what is read after belongs to the next cycle."""
        yield delay(1)
        self.ports.clock.next = 1
        yield delay(1)
        self.ports.clock.next = 0

    def write(self, address: int, value: int, strobe: int = 15) -> Generator[Any, None, int]:
        """Write a register; the response is the result. The bus is idle again when this returns."""
        a = self.ports.s_axil
        a.awaddr.next, a.awvalid.next, a.wdata.next, a.wstrb.next, a.wvalid.next = address, 1, value, strobe, 1
        a.bready.next = 1
        yield from self.edge()
        a.awvalid.next = a.wvalid.next = 0
        while not a.bvalid:
            yield from self.edge()
        response = int(a.bresp)
        yield from self.edge()
        return response

    def read(self, address: int) -> Generator[Any, None, tuple[int, int]]:
        """Read a register; value and response are the result."""
        a = self.ports.s_axil
        a.araddr.next, a.arvalid.next, a.rready.next = address, 1, 1
        yield from self.edge()
        a.arvalid.next = 0
        while not a.rvalid:
            yield from self.edge()
        result = int(a.rdata), int(a.rresp)
        yield from self.edge()
        return result

    def configure(self, config: FabricConfig) -> Generator[Any, None, None]:
        """Write what differs from the reset values."""
        for address, value in config_writes(self.spec, config, FabricConfig.default(self.spec)):
            yield from self.write(address, value)

    def pulses(self) -> list[tuple[int, int, int, int, int]]:
        """Return the driver pulses of this cycle: driver, row_exc, row_inh, label, amplitude."""
        spec, ports = self.spec, self.ports
        valid = int(ports.pulse_valid)
        if not valid:
            return []
        exc, inh = int(ports.row_exc), int(ports.row_inh)
        labels, amplitudes = int(ports.pulse_label), int(ports.pulse_amplitude)
        rows = []
        for d in range(valid.bit_length()):
            if valid >> d & 1:
                label = labels >> spec.synapse_label_bits * d & (1 << spec.synapse_label_bits) - 1
                amplitude = amplitudes >> spec.amplitude_bits * d & (1 << spec.amplitude_bits) - 1
                rows.append((d, exc >> 2 * d & 3, inh >> 2 * d & 3, label, amplitude))
        return rows
