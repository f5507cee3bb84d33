"""What a network takes of the made-up chip."""

from __future__ import annotations

from inloop.behavioral.network.topology import Topology
from inloop.cosim.chip_map import Mapped, Use

from .chip import RingChip


def mapped(topology: Topology, chip: RingChip) -> Mapped:
    """See `cosim/chip_map.py`."""
    chip.check_fit(topology)
    sizes = topology.sizes[1:]
    used = [Use("neurons", sum(sizes), chip.spec.neurons), Use("inputs", topology.inputs, chip.spec.inputs)]
    return Mapped(topology, chip.spec.name, used, "layers", ("layer", "neurons"), list(enumerate(sizes)))
