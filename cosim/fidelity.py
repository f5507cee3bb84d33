"""`Fidelity`: what is known of a level before it is opened, for those above it, who must not ask for its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ..registry import Registry

if TYPE_CHECKING:
    from .observation import Level


@dataclass(frozen=True)
class Fidelity:
    """A level of fidelity.

    digital: it has the digital spike path, cycle by cycle; all that have it give bit-identical observations. has_die:
    it measures a die, with mismatch, noise and converters. membranes: it records them for the gradient; otherwise
    those of the gradient follow from its spikes. on_gpu: it has a version in torch. handful: it simulates so slowly
    that it is for a handful of samples.
    opens: returns the level for a topology, a chip and a grid; None: every chip has its own (`cosim/CHIP/levels.py`).
    """

    name: str
    digital: bool = False
    has_die: bool = True
    membranes: bool = True
    on_gpu: bool = False
    handful: bool = False
    opens: Callable[[Any, Any, Any], Level] | None = None


IDEAL: Final = Fidelity("ideal", has_die=False, membranes=False, on_gpu=True)
BEHAVIORAL: Final = Fidelity("behavioral", on_gpu=True)
EVENT: Final = Fidelity("event", digital=True)
RTL: Final = Fidelity("rtl", digital=True, handful=True)
VERILOG: Final = Fidelity("verilog", digital=True)

LEVELS: Final[Registry[Fidelity]] = Registry(
    "fidelity",
    "inloop.levels",
    {each.name: f"inloop.cosim.fidelity:{each.name.upper()}" for each in (IDEAL, BEHAVIORAL, EVENT, RTL, VERILOG)},
    "inloop.cosim.fidelity:Fidelity",
)
FIDELITIES: Final = tuple(LEVELS.built_in)
"""Names of the levels of the package, from the software to the hardware."""
DIGITAL: Final = tuple(name for name in FIDELITIES if LEVELS.get(name).digital)
"""Names of those with the digital spike path."""
