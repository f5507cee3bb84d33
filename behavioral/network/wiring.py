"""`Wiring`: which connections of a layer exist, of which sign, and how many circuits its neurons are made of."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...errors import ConfigError


@dataclass(frozen=True)
class Table:
    """A matrix of booleans that can be compared and hashed."""

    shape: tuple[int, int]
    packed: bytes

    @classmethod
    def of(cls, values: ArrayLike) -> Table:
        """Return the table of a matrix."""
        array = np.asarray(values, bool)
        return cls(array.shape, np.packbits(array).tobytes())

    @cached_property
    def array(self) -> NDArray[np.bool_]:
        """The matrix, read only."""
        bits = np.unpackbits(np.frombuffer(self.packed, np.uint8), count=self.shape[0] * self.shape[1])
        values = bits.astype(bool).reshape(self.shape)
        values.flags.writeable = False
        return values


@dataclass(frozen=True)
class Wiring:
    """What of a layer is not as usual: all-to-all signed connections onto neurons of one column of circuits each.

    mask: the connections that exist, (fan-in, neurons). signs: per source 1 (excitatory only), −1 (inhibitory only) or
    0. circuits: runs of neurons, in order, as (neurons, circuits of each); 0 leaves the number to the router. columns:
    first column of each neuron, where it is told; −1 where not.
    None: as usual.
    """

    mask: Table | None = None
    signs: tuple[int, ...] | None = None
    circuits: tuple[tuple[int, int], ...] | None = None
    columns: tuple[int, ...] | None = None

    def check(self, sources: int, neurons: int, what: str) -> None:
        """Raise `ConfigError` unless it is for so many sources and neurons."""
        if self.mask is not None and self.mask.shape != (sources, neurons):
            raise ConfigError(f"mask of {what} has shape {self.mask.shape}, it must be {(sources, neurons)}")
        if self.signs is not None and len(self.signs) != sources:
            raise ConfigError(f"{len(self.signs)} signs for {sources} sources of {what}")
        if self.circuits is not None and sum(count for count, _ in self.circuits) != neurons:
            raise ConfigError(f"circuits of {what} are of {sum(n for n, _ in self.circuits)} neurons, not {neurons}")
        if self.columns is not None and len(self.columns) != neurons:
            raise ConfigError(f"{len(self.columns)} columns for {neurons} neurons of {what}")


USUAL = Wiring()
