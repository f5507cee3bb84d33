"""`RingSpec`: sizes and times of the made-up chip."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from inloop.behavioral.design import Design
from inloop.behavioral.follow import follows, weight_range

WEIGHTS: Final = weight_range(4.0)


@dataclass(frozen=True)
class RingSpec(Design):
    """One design. inputs: addresses of the bus behind those of the neurons. depth: of the queue of inputs."""

    chip = "ring"
    spiking_outputs = True
    usual_calibration = "perfect"

    name: str = "ring"
    neurons: int = 24
    inputs: int = 16
    depth: int = 4
    weight_bits: int = 5
    weight_lsb_per_unit: float = follows(WEIGHTS)
    clock_hz: float = 50e6
    tau_mem_s: float = 4e-6
    tau_syn_s: float = 2e-6
    refractory_s: float = 0.4e-6
    record_cycles: int = 20

    def __post_init__(self) -> None:
        """Refuse sizes that cannot be."""
        self.check_name()
        self.check_numbers()
        self.settle()

    @property
    def reset_unit(self) -> float:
        """Reset is the leak."""
        return 0.0

    @property
    def start_unit(self) -> float:
        """A sample starts at rest."""
        return 0.0

    @property
    def weight_max(self) -> int:
        """Largest weight code."""
        return (1 << self.weight_bits) - 1

    @property
    def address_bits(self) -> int:
        """Bits of an address on the bus."""
        return (self.neurons + self.inputs - 1).bit_length()

    @property
    def rest_cycles(self) -> int:
        """Cycles of rest after a spike."""
        return round(self.refractory_s * self.clock_hz)


PRESETS: Final = {"ring": RingSpec()}
