"""The design in MyHDL with a host: registers by AXI4-Lite, spikes by AXI4-Stream, one clock."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

from ...behavioral.bss2.fabric.config import FabricConfig
from ...behavioral.bss2.spec import ChipSpec
from ..lib.bus_host import BusHost, play
from .ports import Ports, make_ports
from .register_map import config_writes
from .top import top


class Driver(BusHost):
    """The host of a design, and its clock."""

    ports: Ports
    spec: ChipSpec

    def __init__(self, spec: ChipSpec) -> None:
        super().__init__(top, make_ports(spec), spec)

    def play(self, script: Callable[[Any], Generator[Any, None, None]]) -> None:
        """Run a script from reset to its end."""
        play([self], lambda: script(self))

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
