"""`Chip`: a design and one manufactured chip of it, or a wafer of chips; what a network is placed on.

`Chip("bss1")` is of the class that the chip of this design brings, `CHIP` in `cosim/…/chip.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from ..behavioral.design import Design
from ..behavioral.network.topology import Topology
from ..chips import design, parts_of

DEFAULT = "bss2"


@dataclass(frozen=True)
class Conditions:
    """What a configuration says of any chip, beside its design and seeds.

    calibration, noise: by name; factors on both. quantized: whether weights are rounded. imposed: deviations on top of
    those of the die, by name.
    """

    calibration: str
    spread_factor: float = 1.0
    noise: str = "typical"
    noise_factor: float = 1.0
    quantized: bool = True
    imposed: Mapping[str, float] = field(default_factory=dict)


class Chip:
    """The chip that a network is placed on.

    spec: preset name or specification. die: seed of the fixed-pattern deviations. calibration: what mismatch is left,
    by name, or spreads by hand. The rest is that of the chip: `Bss2Chip`, `Bss1Chip`.
    Raises `ConfigError` for unknown names and bad seeds.
    """

    spec: Design

    if TYPE_CHECKING:  # options of all chips; each takes its own

        def __init__(
            self,
            spec: str | Design = DEFAULT,
            die: int = 0,
            calibration: Any = ...,
            noise: Any = ...,
            noise_seed: int = 0,
            quantized: bool = True,
            imposed: Any = None,
            *,
            write_seed: int = 0,
            writes: int = 0,
            chips: int = 16,
        ) -> None: ...

        def __getattr__(self, name: str) -> Any: ...  # what the chip has beside this, such as `die`

    else:

        def __new__(cls, spec: Any = DEFAULT, *_: Any, **__: Any) -> Chip:
            """Return an object of the class of the chip; its `__init__` checks the arguments."""
            if cls is Chip:
                found = design(spec) if isinstance(spec, str) else spec
                cls = chip_class(found if isinstance(found, Design) else design(DEFAULT))
            return object.__new__(cls)

    @classmethod
    def under(cls, spec: Any, die: int, seed: int, conditions: Conditions) -> Chip:
        """Return the chip of a configuration. seed: of what is not fixed. Raises `ConfigError` for what it has not."""
        raise NotImplementedError

    @property
    def parts(self) -> tuple[object, ...]:
        """What levels take from it when they are opened; a change of one takes effect with another level."""
        raise NotImplementedError

    def quantities(self) -> dict[str, NDArray[Any]]:
        """Return what deviates from circuit to circuit, by name."""
        raise NotImplementedError

    def check_fit(self, topology: Topology) -> None:
        """Raise `DoesNotFitError` or `ConfigError` for a network that cannot be placed."""
        raise NotImplementedError


def chip_class(spec: Design) -> type[Chip]:
    """Return the class of the chip of a design."""
    found: type[Chip] = parts_of(spec).part("cosim", "chip:CHIP")
    return found
