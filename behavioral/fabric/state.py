"""Everything that the twin carries: constants of a configuration, and state that the kernels change in place."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from . import background
from .backend import BackendConstants, BackendState, backend_constants, backend_state
from .background import BackgroundConstants, BackgroundState, background_constants, background_state
from .config import FabricConfig
from .crossbar import CrossbarConstants, CrossbarState, crossbar_constants, crossbar_state
from .drivers import DriverConstants, DriverState, driver_constants, driver_state
from .link_out import LinkOutConstants, LinkOutState, link_out_constants, link_out_state
from .padi import PadiState, padi_state
from .ticks import NEVER
from .wiring import crossbar_inputs


class FabricConstants(NamedTuple):
    """One configuration of one chip in compiled form, by block."""

    background: BackgroundConstants
    backend: BackendConstants
    crossbar: CrossbarConstants
    link_out: LinkOutConstants
    drivers: DriverConstants


class FabricState(NamedTuple):
    """State by block, and the moments at which something is to be done.

    due: (inputs), cycle in which the source of a crossbar input emits next. held, held_label: (inputs), cycle in which
    an emitted event is visible at the crossbar, and its label. cursor: (links), next link event. software: (1), next
    software event. wake: (1), first cycle in which anything can happen without a fire.
    """

    due: Any
    held: Any
    held_label: Any
    cursor: Any
    software: Any
    wake: Any
    background: BackgroundState
    backend: BackendState
    crossbar: CrossbarState
    link_out: LinkOutState
    padi: PadiState
    drivers: DriverState


def fabric_constants(spec: ChipSpec, config: FabricConfig) -> FabricConstants:
    """Check a configuration and return it in compiled form. Raises `ConfigError` for a value that cannot be."""
    config.check(spec)
    return FabricConstants(
        background_constants(spec, config), backend_constants(spec, config), crossbar_constants(spec, config),
        link_out_constants(spec, config), driver_constants(spec, config),
    )  # fmt: skip


def fabric_state(spec: ChipSpec) -> FabricState:
    """Return room for the state; `clear` fills it."""
    inputs = crossbar_inputs(spec)
    return FabricState(
        *(np.zeros(inputs, np.int64) for _ in range(3)), np.zeros(spec.link_channels, np.int64),
        np.zeros(1, np.int64), np.zeros(1, np.int64), background_state(spec), backend_state(spec),
        crossbar_state(spec), link_out_state(spec), padi_state(spec), driver_state(spec),
    )  # fmt: skip


@kernel
def clear(constants, traffic, state):  # type: ignore[no-untyped-def]
    """Put the state to cycle 0 of a run with the given traffic."""
    backend, nodes, drivers, links = state.backend, state.crossbar, state.drivers, traffic.first.shape[0] - 1
    for array in (backend.refractory_end, backend.clamp_end, backend.spikes, backend.waiting, backend.pointer,
                  backend.lost, nodes.waiting, nodes.pointer, nodes.next_grant, nodes.entered, nodes.matched,
                  nodes.dropped, nodes.granted, drivers.stp, drivers.ticks, state.link_out.sent):  # fmt: skip
        array[:] = 0
    backend.pending[:] = False
    nodes.full[:] = False
    state.padi.cycle[:] = NEVER
    state.held[:] = NEVER
    state.due[:] = NEVER
    state.software[0] = state.wake[0] = 0
    background.start(constants.background, state.background)
    first_link = backend.waiting.shape[0]
    for k in range(links):
        state.cursor[k] = traffic.first[k]
        state.due[first_link + k] = next_release(traffic, k, traffic.first[k])
    for g in range(constants.background.enable.shape[0]):
        state.due[first_link + links + g] = background.next_event(constants.background, state.background, g)


@kernel
def next_release(traffic, channel, event):  # type: ignore[no-untyped-def]
    """Return the cycle in which an event of a channel leaves its FIFO, `NEVER` behind the last one."""
    return traffic.release[event] if event < traffic.first[channel + 1] else NEVER
