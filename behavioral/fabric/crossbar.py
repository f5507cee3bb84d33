"""Crossbar: nodes that take, hold or drop events, and outputs that serve them in turn.

Each node belongs to one output, and outputs know nothing of each other. So an output is brought forward only when an
event reaches one of its nodes or its result is needed; between those moments it grants what is full, one by one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from .arbiter import behind, next_in_turn
from .config import FabricConfig
from .link_out import send
from .padi import put
from .wiring import crossbar_inputs, crossbar_nodes, crossbar_outputs


class CrossbarConstants(NamedTuple):
    """first: (inputs + 1), nodes of input i are first[i]:first[i + 1]; output, mask, target: (nodes).

    takes_crossbar: (buses), whether the bus takes what its output grants.
    """

    first: Any
    output: Any
    mask: Any
    target: Any
    takes_crossbar: Any


class CrossbarState(NamedTuple):
    """full, label: (outputs, inputs), the nodes. waiting: (outputs), how many are full. pointer: (outputs).

    next_grant: (outputs), no grant before. entered: (inputs), matched, dropped: (nodes), granted: (outputs), events.
    """

    full: Any
    label: Any
    waiting: Any
    pointer: Any
    next_grant: Any
    entered: Any
    matched: Any
    dropped: Any
    granted: Any


def crossbar_constants(spec: ChipSpec, config: FabricConfig) -> CrossbarConstants:
    """Return the settings in compiled form."""
    source, target = np.array(crossbar_nodes(spec), np.int64).T.copy()
    first = np.searchsorted(source, np.arange(crossbar_inputs(spec) + 1))
    return CrossbarConstants(first, target, config.nodes.mask, config.nodes.target, config.buses.enable_spl1)


def crossbar_state(spec: ChipSpec) -> CrossbarState:
    """Return the state after clear."""
    inputs, outputs, nodes = crossbar_inputs(spec), crossbar_outputs(spec), len(crossbar_nodes(spec))
    counts = (outputs, outputs, outputs, inputs, nodes, nodes, outputs)
    return CrossbarState(
        np.zeros((outputs, inputs), np.bool_),
        np.zeros((outputs, inputs), np.int64),
        *(np.zeros(count, np.int64) for count in counts),
    )


@kernel
def serve(constants, traffic, state, output, through, until, log):  # type: ignore[no-untyped-def]
    """Do the grants of an output in cycles up to `through`; events on a bus after `until` wait there."""
    nodes = state.crossbar
    buses = constants.crossbar.takes_crossbar.shape[0]
    while nodes.waiting[output] and nodes.next_grant[output] <= through:
        cycle = nodes.next_grant[output]
        source = next_in_turn(nodes.full[output], nodes.pointer[output])
        label = nodes.label[output, source]
        nodes.full[output, source] = False
        nodes.waiting[output] -= 1
        nodes.pointer[output] = behind(source, nodes.full.shape[1])
        nodes.granted[output] += 1
        if output >= buses:
            channel = output - buses
            nodes.next_grant[output] = send(
                constants.link_out, state.link_out, traffic.ready_wait, channel, cycle, label, log
            )
        else:
            nodes.next_grant[output] = cycle + 1
            if constants.crossbar.takes_crossbar[output]:
                put(constants, state, output, cycle + 2, label, until, log)


@kernel
def arrive(constants, traffic, state, source, cycle, label, until, log):  # type: ignore[no-untyped-def]
    """Show an event, visible at input `source` in `cycle`, to the nodes of that input."""
    fixed, nodes = constants.crossbar, state.crossbar
    nodes.entered[source] += 1
    for n in range(fixed.first[source], fixed.first[source + 1]):
        if label & fixed.mask[n] != fixed.target[n]:
            continue
        output = fixed.output[n]
        serve(constants, traffic, state, output, cycle, until, log)
        nodes.matched[n] += 1
        if nodes.full[output, source]:
            nodes.dropped[n] += 1
            continue
        nodes.full[output, source] = True
        nodes.label[output, source] = label
        nodes.waiting[output] += 1
        nodes.next_grant[output] = max(nodes.next_grant[output], cycle + 1)
