"""The configuration of the digital path of a HICANN: every field that a host can set, its width, its reset value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...digital.orbit import whole_seeds
from ...sections import Configuration
from ...sections import bits as _bits
from ..spec import Bss1Spec
from .lfsr import seeded_state
from .wiring import ENCODERS, MERGERS, on_one

Array = NDArray[np.int64]
ADDRESS, PERIOD, DECODER, LINE = "address_bits", "period_bits", "driver_decoder_bits", "line_bits"


@dataclass(frozen=True, eq=False)
class Neurons:
    """Neuron circuits, side by side."""

    address: Array = _bits(ADDRESS, 0, "address of its spikes")
    enable: Array = _bits(1, 0, "spikes leave the neuron")


@dataclass(frozen=True, eq=False)
class Background:
    """Background generators."""

    enable: Array = _bits(1, 0, "generator runs")
    random: Array = _bits(1, 0, "events at random, else regular")
    address: Array = _bits(ADDRESS, 0, "address of the events")
    period: Array = _bits(PERIOD, 0, "regular: cycles between events less 1; random: the level to rise above")


@dataclass(frozen=True, eq=False)
class ShiftRegisters:
    """Shift registers of the background generators."""

    state: Array = _bits(PERIOD, 0, "state when the generator is enabled; 0 counts as 1")


@dataclass(frozen=True, eq=False)
class Mergers:
    """Mergers: background 0 to 7, L0 0 to 3, L1 0 and 1, L2, DNC 0 to 7."""

    merge: Array = _bits(1, 0, "both inputs count")
    select: Array = _bits(1, 0, "the input that counts if not both do")
    slow: Array = _bits(1, 0, "events keep a distance")


@dataclass(frozen=True, eq=False)
class Channels:
    """Channels of the link."""

    enable: Array = _bits(1, 0, "channel is open")
    to_chip: Array = _bits(1, 0, "it brings events to the chip, else to the host")


@dataclass(frozen=True, eq=False)
class Lines:
    """Sending lines."""

    enable: Array = _bits(1, 0, "sending repeater is on")


@dataclass(frozen=True, eq=False)
class Drivers:
    """Synapse drivers, side by side."""

    enable: Array = _bits(1, 0, "takes events of its line")
    line: Array = _bits(LINE, 0, "line that it listens to; 8 and above come from other chips")
    bottom_even: Array = _bits(DECODER, 0, "high address bits for even columns of the bottom row")
    bottom_odd: Array = _bits(DECODER, 0, "high address bits for odd columns of the bottom row")
    top_even: Array = _bits(DECODER, 0, "high address bits for even columns of the top row")
    top_odd: Array = _bits(DECODER, 0, "high address bits for odd columns of the top row")


DECODERS = ("bottom_even", "bottom_odd", "top_even", "top_odd")
"""Fields of the decoders in the order of the strobe bits."""


@dataclass(frozen=True, eq=False)
class FabricConfig(Configuration):
    """The whole configuration. `FabricConfig.default(spec)` holds the reset values."""

    neurons: Neurons
    background: Background
    shift_registers: ShiftRegisters
    mergers: Mergers
    channels: Channels
    lines: Lines
    drivers: Drivers

    @classmethod
    def sections(cls) -> dict[str, type[Any]]:
        """Return the sections by name."""
        return SECTIONS

    @classmethod
    def entities(cls, spec: Bss1Spec) -> dict[str, int]:
        """Return the number of entities per section."""
        return {
            "neurons": spec.circuits,
            "background": ENCODERS,
            "shift_registers": ENCODERS,
            "mergers": MERGERS,
            "channels": ENCODERS,
            "lines": ENCODERS,
            "drivers": spec.sides * spec.drivers,
        }

    def sharing(self, encoders: int) -> FabricConfig:
        """Return a copy whose merger tree puts 1, 2, 4 or 8 encoders on one line. Raises `ConfigError`."""
        merge, select = on_one(encoders)
        return self.with_section("mergers", merge=merge, select=select)

    def seeded(self, spec: Bss1Spec, seeds: Any) -> FabricConfig:
        """Return a copy whose background generators start far apart on their orbit.

        seeds: one per generator, any whole numbers; equal ones give equal states, others from 0 to 2^`period_bits` − 2
        never do. Raises `ConfigError` for anything else.
        """
        states = [seeded_state(spec, seed) for seed in whole_seeds(seeds, ENCODERS)]
        return self.with_section("shift_registers", state=states)


SECTIONS: dict[str, type[Any]] = {
    "neurons": Neurons,
    "background": Background,
    "shift_registers": ShiftRegisters,
    "mergers": Mergers,
    "channels": Channels,
    "lines": Lines,
    "drivers": Drivers,
}
