"""Synapse drivers: the pulses that one event on a PADI bus causes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..compiled import kernel
from ..spec import ChipSpec
from .config import FabricConfig
from .log import PULSES
from .stp import amplitude, recover, use
from .ticks import ticks_through
from .wiring import buses, driver_bus


class DriverConstants(NamedTuple):
    """Settings of D drivers.

    first: (buses · row selects + 1); an event with row select r on bus b is taken by member[first[b · R + r]:first[… +
    1]]. label_mask: label bits that go out. recovers, scale: recovery clock. The rest as configured.
    """

    label_bits: int
    row_bits: int
    state_bits: int
    amplitude_bits: int
    first: Any
    member: Any
    row_exc: Any
    row_inh: Any
    label_mask: Any
    stp: Any
    depressing: Any
    utilization: Any
    recovery: Any
    offset: Any
    recovers: Any
    scale: Any


class DriverState(NamedTuple):
    """State of plasticity, and recovery ticks it has seen; (D) each."""

    stp: Any
    ticks: Any


def driver_constants(spec: ChipSpec, config: FabricConfig) -> DriverConstants:
    """Return the settings in compiled form; the row comparison is done here, once for all events."""
    section = config.drivers
    driver = np.arange(len(section.receiver))
    hemisphere, local = np.divmod(driver, spec.drivers)
    bus, index = driver_bus(spec, local)
    row_select = np.arange(1 << spec.row_select_bits)[:, None]
    takes = ((row_select ^ index) & section.compare_mask == 0) & (section.receiver == 1)
    on_bus = hemisphere * spec.padi_buses + bus == np.arange(buses(spec))[:, None]
    matches = (on_bus[:, None, :] & takes).reshape(-1, len(driver))
    full = (1 << spec.synapse_label_bits) - 1
    return DriverConstants(
        spec.synapse_label_bits, spec.row_select_bits, spec.stp_state_bits, spec.amplitude_bits,
        np.concatenate([[0], np.cumsum(matches.sum(axis=1))]), np.nonzero(matches)[1],
        section.exc_bottom + 2 * section.exc_top, section.inh_bottom + 2 * section.inh_top,
        np.where(section.address_out == 1, full, (full + 1) >> 1),
        section.stp, section.depressing, section.utilization, section.recovery, section.offset,
        config.recovery.recovery_enable[hemisphere], config.recovery.recovery_scale[hemisphere],
    )  # fmt: skip


def driver_state(spec: ChipSpec) -> DriverState:
    """Return the state after clear."""
    count = spec.hemispheres * spec.drivers
    return DriverState(np.zeros(count, np.int64), np.zeros(count, np.int64))


@kernel
def _modulate(constants, state, d, cycle):  # type: ignore[no-untyped-def]
    s = state.stp[d]
    if constants.recovers[d]:
        ticks = ticks_through(cycle, constants.scale[d])
        s = recover(s, constants.recovery[d], ticks - state.ticks[d])
        state.ticks[d] = ticks
    s = use(s, constants.utilization[d], constants.state_bits)
    state.stp[d] = s
    return amplitude(s, constants.depressing[d], constants.offset[d], constants.state_bits, constants.amplitude_bits)


@kernel
def pulse(constants, state, bus, cycle, label, log):  # type: ignore[no-untyped-def]
    """Write down the pulses of an event that is on `bus` in `cycle`; they are visible in the next one."""
    key = bus << constants.row_bits | (label >> constants.label_bits & ((1 << constants.row_bits) - 1))
    for m in range(constants.first[key], constants.first[key + 1]):
        d = constants.member[m]
        row = log.pulses[log.count[PULSES]]
        row[0], row[1], row[2], row[3] = cycle + 1, d, constants.row_exc[d], constants.row_inh[d]
        row[4] = label & constants.label_mask[d]
        row[5] = _modulate(constants, state, d, cycle) if constants.stp[d] else (1 << constants.amplitude_bits) - 1
        log.count[PULSES] += 1
