"""Which circuits and drivers a network uses on the chip, and so which mismatch it meets.

Neurons take the columns in order, hidden layers first, the readout last. A neuron merges the circuits of its column
in all hemispheres; the first one carries the membrane. Source s of a layer (feed-forward sources first, then the
layer's own neurons) takes driver s // hemispheres in hemisphere s % hemispheres; the driver's two rows are its
excitatory and its inhibitory synapse.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..behavioral.spec import ChipSpec
from ..behavioral.topology import Topology
from ..errors import DoesNotFitError

Index = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LayerPlacement:
    """Where one layer sits. columns: (neurons); hemisphere, driver: (sources)."""

    columns: Index
    hemisphere: Index
    driver: Index


def place(topology: Topology, spec: ChipSpec) -> tuple[LayerPlacement, ...]:
    """Place every layer, the readout last. Raises `DoesNotFitError` with what ran out."""
    if topology.neurons > spec.columns:
        raise DoesNotFitError(
            f"network {topology} needs {topology.neurons} neurons, chip {spec.name!r} has {spec.columns} columns "
            f"for signed inputs; make the hidden layers {topology.neurons - spec.columns} neurons smaller"
        )
    room = spec.drivers * spec.hemispheres
    placed = []
    begin = 0
    for layer, size in enumerate(topology.sizes[1:]):
        fan_in = topology.fan_in(layer)
        if fan_in > room:
            raise DoesNotFitError(
                f"layer {layer + 1} of network {topology} needs {fan_in} signed inputs per neuron, "
                f"chip {spec.name!r} has {room} synapse drivers; remove {fan_in - room} sources"
            )
        source = np.arange(fan_in)
        placed.append(LayerPlacement(begin + np.arange(size), source % spec.hemispheres, source // spec.hemispheres))
        begin += size
    return tuple(placed)
