"""Crossbar: nodes that take, hold or drop events, and outputs that serve them in turn.

Each node belongs to one output, and outputs know nothing of each other. So an output is brought forward only when an
event reaches one of its nodes or its result is needed; between those moments it grants what is full, one by one.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np

from ...digital.arbiter import behind, next_in_turn
from ...digital.records import empty_table, table
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .config import FabricConfig
from .link_out import grant_gap, link_out_state, send
from .padi import put
from .wiring import crossbar_inputs, crossbar_nodes, crossbar_outputs

TO_BUS: Final = 2
"""Cycles from a grant until the event is on its bus."""


class CrossbarConstants(NamedTuple):
    """first: int64 (inputs + 1), nodes of input i are first[i]:first[i + 1]. nodes: output, mask, target, count_drops.

    count_events: int64 (outputs). bus_open: int64 (buses), whether the bus takes what its output grants. gap: int64
    (links), see `grant_gap`.
    """

    first: Any
    nodes: Any
    count_events: Any
    bus_open: Any
    gap: Any


class CrossbarState(NamedTuple):
    """full: bool, label: int64, (outputs, inputs), the nodes. handshake: see `link_out_state`.

    outputs: waiting (how many nodes are full), pointer, next_grant (none before), granted (events). nodes: matched,
    dropped (events).
    """

    full: Any
    label: Any
    outputs: Any
    nodes: Any
    handshake: Any


def crossbar_constants(spec: ChipSpec, config: FabricConfig) -> CrossbarConstants:
    """Return the settings in compiled form."""
    source, target = np.array(crossbar_nodes(spec), np.int64).T.copy()
    first = np.searchsorted(source, np.arange(crossbar_inputs(spec) + 1))
    section = config.nodes
    nodes = table(output=target, mask=section.mask, target=section.target, count_drops=section.count_drops)
    gap = grant_gap(spec, config)
    return CrossbarConstants(first, nodes, config.outputs.count_events, config.buses.enable_spl1, gap)


def crossbar_state(spec: ChipSpec) -> CrossbarState:
    """Return the state after clear."""
    shape = crossbar_outputs(spec), crossbar_inputs(spec)
    return CrossbarState(
        np.zeros(shape, np.bool_),
        np.zeros(shape, np.int64),
        empty_table(shape[0], "waiting", "pointer", "next_grant", "granted"),
        empty_table(len(crossbar_nodes(spec)), "matched", "dropped"),
        link_out_state(spec),
    )


@borrowing
def serve(constants, ready_wait, state, output, through, until, log):  # type: ignore[no-untyped-def]
    """Do the grants of an output in cycles up to `through`; events on a bus after `until` wait there."""
    nodes, turn = state.crossbar, state.crossbar.outputs[output]
    channel = output - constants.crossbar.bus_open.shape[0]
    while turn.waiting and turn.next_grant <= through:
        cycle = turn.next_grant
        source = next_in_turn(nodes.full[output], turn.pointer)
        label = nodes.label[output, source]
        nodes.full[output, source] = False
        turn.waiting -= 1
        turn.pointer = behind(source, nodes.full.shape[1])
        if channel >= 0:
            gap, handshake = constants.crossbar.gap[channel], nodes.handshake[channel]
            turn.next_grant = send(gap, handshake, ready_wait, channel, turn.granted, cycle, label, log)
        else:
            turn.next_grant = cycle + 1
            if constants.crossbar.bus_open[output]:
                put(constants.drivers, state.padi, state.drivers, output, cycle + TO_BUS, label, until, log)
        turn.granted += 1


@borrowing
def arrive(constants, ready_wait, state, source, cycle, label, until, log):  # type: ignore[no-untyped-def]
    """Show an event, visible at input `source` in `cycle`, to the nodes of that input."""
    fixed, nodes = constants.crossbar, state.crossbar
    for n in range(fixed.first[source], fixed.first[source + 1]):
        if label & fixed.nodes[n].mask != fixed.nodes[n].target:
            continue
        output = fixed.nodes[n].output
        if nodes.outputs[output].waiting:
            serve(constants, ready_wait, state, output, cycle, until, log)
        nodes.nodes[n].matched += 1
        if nodes.full[output, source]:
            nodes.nodes[n].dropped += 1
            continue
        nodes.full[output, source] = True
        nodes.label[output, source] = label
        nodes.outputs[output].waiting += 1
        nodes.outputs[output].next_grant = max(nodes.outputs[output].next_grant, cycle + 1)
