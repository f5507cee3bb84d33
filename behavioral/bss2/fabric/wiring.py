"""Which block of the digital spike path is wired to which: the indices that the hardware fixes.

Sources: the public halco library (crossbar map, event outputs by column, drivers on PADI buses); docs/spike-path.md.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np

from ..spec import ChipSpec

STAMP_TO_MEMBRANE: Final = 5
"""Cycles from the stamp of a link event to the pulse on the membrane, on an idle path (docs/spike-path.md)."""


class Node(NamedTuple):
    """One crossing of the crossbar."""

    source: int
    target: int


def crossbar_inputs(spec: ChipSpec) -> int:
    """Event outputs of the backend, then links, then background generators."""
    return spec.event_outputs + spec.link_channels + spec.background_sources


def crossbar_outputs(spec: ChipSpec) -> int:
    """PADI buses of all hemispheres, then links."""
    return buses(spec) + spec.link_channels


def buses(spec: ChipSpec) -> int:
    """PADI buses of the chip."""
    return spec.hemispheres * spec.padi_buses


def neurons(spec: ChipSpec) -> int:
    """Neuron circuits of the chip; circuit n = hemisphere · columns + column."""
    return spec.hemispheres * spec.columns


@lru_cache(maxsize=8)
def crossbar_nodes(spec: ChipSpec) -> tuple[Node, ...]:
    """All nodes in the order of their registers: input by input, in each by output."""
    first_link = spec.event_outputs
    first_background = first_link + spec.link_channels
    nodes = []
    for n in range(spec.event_outputs):
        nodes += [Node(n, h * spec.padi_buses + n % spec.padi_buses) for h in range(spec.hemispheres)]
        nodes.append(Node(n, buses(spec) + n % spec.link_channels))
    for k in range(spec.link_channels):
        nodes += [Node(first_link + k, bus) for bus in range(buses(spec))]
        nodes.append(Node(first_link + k, buses(spec) + k))
    for b in range(spec.background_sources):
        nodes += [
            Node(first_background + b, b % buses(spec)),
            Node(first_background + b, buses(spec) + b % spec.link_channels),
        ]
    return tuple(nodes)


def quiet_cycles(spec: ChipSpec) -> int:
    """Return after how many cycles without an event at a link nothing is on its way, if the links in are empty.

    An event leaves an output when its turn comes, behind those of the other nodes there.
    """
    _, waiting = np.unique([node.target for node in crossbar_nodes(spec)], return_counts=True)
    return STAMP_TO_MEMBRANE + int(waiting.max() + 1) * spec.slow_cycles


def event_output(spec: ChipSpec, neuron: Any) -> tuple[Any, Any]:
    """Return the event output of a neuron circuit, or of an array of them, and its index there."""
    hemisphere, column = divmod(neuron, spec.columns)
    width = spec.columns // spec.event_outputs
    return column // width, hemisphere * width + column % width


def neuron_at(spec: ChipSpec, output: int, index: int) -> int:
    """Return the neuron circuit at an index of an event output; the inverse of `event_output`."""
    width = spec.columns // spec.event_outputs
    hemisphere, offset = divmod(index, width)
    return hemisphere * spec.columns + output * width + offset


def driver_bus(spec: ChipSpec, driver: Any) -> tuple[Any, Any]:
    """Return the bus (within its hemisphere) of a synapse driver, or of an array of them, and its index there."""
    return driver % spec.padi_buses, driver // spec.padi_buses
