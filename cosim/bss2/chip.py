"""`Bss2Chip`: a design, one die of it, and its temporal noise."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any, Final

from numpy.typing import NDArray

from ...behavioral.bss2.die import Spreads, make_die, spreads_of
from ...behavioral.bss2.imposed import Imposed, impose
from ...behavioral.bss2.spec import ChipSpec, chip_spec
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.noise import TemporalNoise, noise_preset
from ...behavioral.numerics.streams import check_seed, key
from ...checks import checked
from ..chip import Chip, Conditions
from .placement import route


class Bss2Chip(Chip):
    """The chip that a network is placed on.

    spec: preset name or `ChipSpec`. die: seed of the fixed-pattern deviations. calibration: `perfect`,
    `calibrated`, `uncalibrated` or `Spreads` by hand. noise: `typical`, `off` or `TemporalNoise`. noise_seed: keys
    the temporal noise. quantized=False switches the rounding of weights and CADC off, for comparisons. imposed:
    deviations added to those of the die.
    Raises `ConfigError` for unknown names and bad seeds.
    """

    spec: ChipSpec

    @partial(checked, own=("die", "noise_seed"))
    def __init__(
        self,
        spec: str | ChipSpec = "bss2",
        die: int = 0,
        calibration: str | Spreads = "uncalibrated",
        noise: str | TemporalNoise = "typical",
        noise_seed: int = 0,
        quantized: bool = True,
        imposed: Imposed | None = None,
    ) -> None:
        self.spec = chip_spec(spec) if isinstance(spec, str) else spec
        drawn = make_die(self.spec, die, calibration)
        self.die = drawn if imposed is None else impose(drawn, self.spec, imposed)
        self.noise = noise_preset(noise)
        self.noise_seed = check_seed(noise_seed, "noise_seed")
        self.quantized = quantized

    @classmethod
    def under(cls, spec: ChipSpec, die: int, seed: int, conditions: Conditions) -> Bss2Chip:
        """Return the chip of a configuration. seed: of the temporal noise."""
        factor, calibration = conditions.spread_factor, conditions.calibration
        spreads = calibration if factor == 1 else spreads_of(calibration).times(factor)
        noise = noise_preset(conditions.noise).times(conditions.noise_factor)
        return cls(spec, die, spreads, noise, seed, conditions.quantized, Imposed(**conditions.imposed))

    @property
    def parts(self) -> tuple[object, ...]:
        """See `Chip`."""
        return self.spec, self.die, self.noise, self.noise_seed, self.quantized

    def quantities(self) -> dict[str, NDArray[Any]]:
        """See `Chip`."""
        return {name: getattr(self.die, name) for name in ("tau_mem", *(each.name for each in fields(Spreads)))}

    def check_fit(self, topology: Topology) -> None:
        """See `Chip`."""
        route(topology, self.spec)

    @property
    def noise_key(self) -> int:
        """Key of the counter-based noise generator, never 0."""
        return key(self.noise_seed, "temporal-noise") | 1

    def __repr__(self) -> str:
        """Return a short description."""
        return f"Chip({self.spec.name!r}, die={self.die.seed}, calibration={self.die.calibration!r})"


CHIP: Final = Bss2Chip
