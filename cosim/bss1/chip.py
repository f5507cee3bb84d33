"""`Bss1Chip`: the chips of one manufactured wafer, and what they are after one write of their floating gates."""

from __future__ import annotations

from typing import Any, Final

from numpy.typing import NDArray

from ...behavioral.bss1.die import Circuits, Deviations, Die, deviations, make_die, write
from ...behavioral.bss1.spec import Bss1Spec, bss1_spec
from ...behavioral.network.topology import Topology
from ...behavioral.numerics.streams import check_seed
from ...checks import checked
from ...errors import ConfigError
from ...scalars import whole
from ..chip import Chip, Conditions
from ..remembered import remembered
from .placement import Placement, place


class Bss1Chip(Chip):
    """What a network is placed on.

    spec: preset name or `Bss1Spec`. die: seed of the fixed-pattern deviations of all chips. calibration:
    `calibrated`, `perfect` or `Deviations` by hand. write_seed, writes: the deviations from trial to trial, drawn anew
    for each count of writes. chips: how many chips of the wafer may be used.
    Raises `ConfigError` for unknown names, bad seeds and more chips than a wafer has.
    """

    spec: Bss1Spec

    @checked
    def __init__(
        self,
        spec: str | Bss1Spec = "bss1",
        die: int = 0,
        calibration: str | Deviations = "calibrated",
        write_seed: int = 0,
        writes: int = 0,
        chips: int = 16,
    ) -> None:
        self.spec = bss1_spec(spec) if isinstance(spec, str) else spec
        chips, writes = whole(chips, "chips", 0), whole(writes, "writes", 0)
        if not 1 <= chips <= self.spec.chips_per_wafer:
            raise ConfigError(f"chips = {chips} must lie between 1 and {self.spec.chips_per_wafer}, a whole wafer")
        self.seed, self.deviations = check_seed(die, "die"), deviations(calibration)
        self.write_seed, self.writes, self.chips = check_seed(write_seed, "write_seed"), writes, chips

    @classmethod
    def under(cls, spec: Bss1Spec, die: int, seed: int, conditions: Conditions) -> Bss1Chip:
        """Return the wafer of a configuration. seed: of what differs from write to write.

        Raises `ConfigError` for conditions that it does not have: there is no temporal noise, weights are whole.
        """
        if conditions.noise_factor != 1 or not conditions.quantized or any(conditions.imposed.values()):
            raise ConfigError(
                f"chip {spec.name!r} has no temporal noise, unrounded weights or imposed deviations; leave chip.noise_"
                "factor, chip.quantized and chip.imposed as they are"
            )
        return cls(spec, die, deviations(conditions.calibration).times(conditions.spread_factor), seed)

    @property
    def parts(self) -> tuple[object, ...]:
        """See `Chip`."""
        return self.spec, self.seed, self.deviations, self.write_seed, self.writes, self.chips

    def placed(self, topology: Topology) -> Placement:
        """Place a network. Raises `DoesNotFitError` or `ConfigError`."""
        return place(topology, self.spec, [self.die(chip).usable for chip in range(self.chips)])

    def quantities(self) -> dict[str, NDArray[Any]]:
        """See `Chip`: those of the first chip of the wafer, as written."""
        return vars(self.circuits(0))

    def check_fit(self, topology: Topology) -> None:
        """See `Chip`."""
        self.placed(topology)

    @remembered
    def die(self, chip: int) -> Die:
        """Return one chip as manufactured."""
        return make_die(self.spec, self.seed, chip, self.deviations)

    @remembered
    def circuits(self, chip: int) -> Circuits:
        """Return one chip as written."""
        return write(self.die(chip), self.write_seed, self.writes)

    def __repr__(self) -> str:
        """Return a short description."""
        return f"Chip({self.spec.name!r}, die={self.seed}, writes={self.writes})"


CHIP: Final = Bss1Chip
