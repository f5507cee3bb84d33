"""What a placed network occupies of a wafer: chips, and what is used of each."""

from __future__ import annotations

from ...behavioral.network.topology import Topology
from ..chip_map import Mapped, Use
from .chip import Bss1Chip
from .placement import ChipUse

HEADS = ("chip", "inputs brought", "neurons", "circuits", "drivers", "synapses", "lines heard", "sites with a defect")


def mapped(topology: Topology, wafer: Bss1Chip) -> Mapped:
    """See `cosim/chip_map.py`; the table has a row per chip that is used."""
    spec, chips = wafer.spec, wafer.placed(topology).chips

    def total(name: str) -> int:
        return sum(getattr(use, name) for use in chips)

    used = [
        Use("chips", len(chips), wafer.chips),
        Use("neurons", total("neurons"), len(chips) * spec.neurons),
        Use("neuron circuits", total("circuits"), len(chips) * spec.circuits),
        Use("synapse drivers", total("drivers"), len(chips) * spec.sides * spec.drivers),
        Use("synapses", total("synapses"), len(chips) * spec.synapses),
        Use("lines that the fullest chip hears", max(use.lines for use in chips), spec.lines),
    ]
    rows = [_row(use) for use in chips]
    return Mapped(topology, spec.name, used, "chips in use", HEADS, rows, {"chips": [vars(use) for use in chips]})


def _row(use: ChipUse) -> tuple[str | int, ...]:
    return (
        str(use.chip), use.inputs, use.neurons, use.circuits, use.drivers, use.synapses, use.lines, use.defective_sites
    )  # fmt: skip
