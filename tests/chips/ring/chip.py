"""`RingChip`: all of these chips are alike; the layers of a network lie one after the other on the bus."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights, layer_codes
from inloop.checks import checked
from inloop.cosim.chip import Chip, Conditions
from inloop.errors import DoesNotFitError
from numpy.typing import NDArray

from .spec import PRESETS, RingSpec


class RingChip(Chip):
    """A design; there is no mismatch, and so no die that would matter."""

    spec: RingSpec

    @checked
    def __init__(self, spec: str | RingSpec = "ring", die: int = 0) -> None:
        self.spec = PRESETS[spec] if isinstance(spec, str) else spec
        self.seed = die

    @classmethod
    def under(cls, spec: RingSpec, die: int, seed: int, conditions: Conditions) -> RingChip:  # noqa: ARG003
        """Return the chip of a configuration."""
        return cls(spec, die)

    @property
    def parts(self) -> tuple[object, ...]:
        """See `Chip`."""
        return (self.spec,)

    def quantities(self) -> dict[str, NDArray[Any]]:
        """Nothing deviates."""
        return {}

    def check_fit(self, topology: Topology) -> None:
        """See `Chip`."""
        needed = sum(topology.sizes[1:])
        if needed > self.spec.neurons or topology.inputs > self.spec.inputs:
            raise DoesNotFitError(
                f"network {topology} needs {needed} neurons and {topology.inputs} inputs, chip {self.spec.name!r} has "
                f"{self.spec.neurons} and {self.spec.inputs}"
            )


def synapses(topology: Topology, weights: NetworkWeights, spec: RingSpec) -> NDArray[np.float64]:
    """Return what an event of each address puts onto each neuron, software units: (addresses, neurons)."""
    out = np.zeros((spec.neurons + spec.inputs, spec.neurons))
    codes, begin = layer_codes(weights, spec), 0
    sources = spec.neurons + np.arange(topology.inputs)
    for layer, size in enumerate(topology.sizes[1:]):
        here = begin + np.arange(size)
        own = here if layer < len(topology.hidden) and topology.recurrent[layer] else here[:0]
        out[np.concatenate([sources, own])[:, None], here] = codes[layer] / spec.weight_lsb_per_unit
        sources, begin = here, begin + size
    return out


CHIP: Final = RingChip
