"""Everything that the twin carries: constants of a configuration, and state that the kernels change in place."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...digital.records import empty_table
from ...digital.ticks import NEVER
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .backend import BackendConstants, BackendState, backend_constants, backend_state
from .background import BackgroundConstants, background_constants, background_state, start
from .config import FabricConfig
from .crossbar import CrossbarConstants, CrossbarState, crossbar_constants, crossbar_state
from .drivers import DriverConstants, driver_constants, driver_state
from .padi import padi_state
from .wiring import crossbar_inputs


class FabricConstants(NamedTuple):
    """One configuration of one chip in compiled form, by block."""

    background: BackgroundConstants
    backend: BackendConstants
    crossbar: CrossbarConstants
    drivers: DriverConstants


class FabricState(NamedTuple):
    """State by block, and the moments at which something is to be done.

    inputs: table of the crossbar inputs; due: cycle in which the source emits next; held, label: cycle in which an
    emitted event is visible at the crossbar, and its label; entered: events so far. cursor: int64 (links + 1), next
    event of each link, then of the software events. wake: int64 (1), first cycle in which an event can
    be on a bus, if no neuron fires.
    """

    inputs: Any
    cursor: Any
    wake: Any
    background: Any
    backend: BackendState
    crossbar: CrossbarState
    padi: Any
    drivers: Any


def fabric_constants(spec: ChipSpec, config: FabricConfig) -> FabricConstants:
    """Check a configuration and return it in compiled form. Raises `ConfigError` for a value that cannot be."""
    config.check(spec)
    return FabricConstants(
        background_constants(spec, config), backend_constants(spec, config),
        crossbar_constants(spec, config), driver_constants(spec, config),
    )  # fmt: skip


def fabric_state(spec: ChipSpec) -> FabricState:
    """Return room for the state; `clear` fills it."""
    return FabricState(
        empty_table(crossbar_inputs(spec), "due", "held", "label", "entered"),
        np.zeros(spec.link_channels + 1, np.int64), np.zeros(1, np.int64), background_state(spec),
        backend_state(spec), crossbar_state(spec), padi_state(spec), driver_state(spec),
    )  # fmt: skip


@borrowing
def clear(constants, traffic, state):  # type: ignore[no-untyped-def]
    """Put the state to cycle 0 of a run with the given traffic."""
    backend, crossbar, links = state.backend, state.crossbar, traffic.first.shape[0] - 1
    backend.pending[:] = False
    crossbar.full[:] = False
    state.wake[0] = 0
    for neuron in backend.neurons:
        neuron.refractory_end = neuron.clamp_end = neuron.spikes = 0
    for output in backend.outputs:
        output.waiting = output.pointer = output.lost = 0
    for turn in crossbar.outputs:
        turn.waiting = turn.pointer = turn.next_grant = turn.granted = 0
    for node in crossbar.nodes:
        node.matched = node.dropped = 0
    for driver in state.drivers:
        driver.stp = driver.ticks = 0
    for bus in state.padi:
        for place in bus:
            place.cycle = NEVER
    for source in state.inputs:
        source.due = source.held = NEVER
        source.entered = 0
    state.cursor[links] = 0
    first_link = backend.outputs.shape[0]
    for k in range(links):
        state.cursor[k] = traffic.first[k]
        state.inputs[first_link + k].due = next_release(traffic, k, traffic.first[k])
    for g in range(state.background.shape[0]):
        state.inputs[first_link + links + g].due = start(constants.background, g, state.background[g])


@borrowing
def next_release(traffic, channel, event):  # type: ignore[no-untyped-def]
    """Return the cycle in which an event of a channel leaves its FIFO, `NEVER` behind the last one."""
    return traffic.link[event].release if event < traffic.first[channel + 1] else NEVER
