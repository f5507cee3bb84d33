"""Opening a level: by name, as the chip has it, or one of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..behavioral.grid import TimeGrid
from ..behavioral.network.topology import Topology
from ..checks import checked
from ..chips import parts_of
from ..errors import ConfigError, shown
from .chip import Chip
from .fidelity import DIGITAL, FIDELITIES, LEVELS, Fidelity
from .observation import Level

__all__ = ["DIGITAL", "FIDELITIES", "check_fidelity", "open_level"]


@checked
def check_fidelity(fidelity: str) -> str:
    """Return the name of a known level. Raises `ConfigError` for any other."""
    return LEVELS.get(fidelity).name


@checked
def open_level(
    fidelity: str | Fidelity | Level,
    topology: Topology,
    chip: Chip,
    grid: TimeGrid,
    counted: Mapping[str, str] | None = None,
) -> Level:
    """Place the network on the chip and return the level, compiled for the CPU.

    fidelity: name of a level, what a level says it is (`level.fidelity`), or a level that is open: anything with what
    `Level` asks for, on this grid.
    counted: banks of counters that the host of a level with the digital path reads after each sample, if not those
    that are soon read.
    Raises `ConfigError` for an unknown level or one that the chip does not have, `DoesNotFitError` for a network that
    is too large, and `MissingToolError` if the level needs a program that is not there.
    """
    if not isinstance(fidelity, str | Fidelity):
        return _given(fidelity, grid)
    level = LEVELS.find(fidelity)
    if level.opens is not None:
        return _given(level.opens(topology, chip, grid), grid)
    own: Mapping[str, Any] = parts_of(chip.spec).part("cosim", "levels:LEVELS")
    if level.name not in own:
        raise ConfigError(f"chip {chip.spec.name!r} has no level {level.name!r}; it has {', '.join(own)}")
    opened: Level = own[level.name](topology, chip, grid, **({} if counted is None else {"counted": counted}))
    return opened


def _given(level: Any, grid: TimeGrid) -> Level:
    """Return a level of the user's own. Raises `ConfigError` for what is none, or is on another grid."""
    missing = [name for name in ("fidelity", "grid", "weight_limit", "run") if not _has(level, name)]
    if missing:
        raise ConfigError(f"level = {shown(level)} is neither a name nor a level: it has no {', no '.join(missing)}")
    if level.grid != grid:
        raise ConfigError(f"the level is on the grid {level.grid}, it must be on {grid}")
    given: Level = level
    return given


def _has(level: Any, name: str) -> bool:
    """Return whether a level has something; what fails when it is asked for is not there."""
    try:
        return hasattr(level, name)
    except Exception:
        return False
