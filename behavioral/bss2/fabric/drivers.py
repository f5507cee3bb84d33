"""Synapse drivers: the pulses that one event on a PADI bus causes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...digital.records import empty_table, table
from ...digital.ticks import ticks_through
from ...numerics.compiled import borrowing
from ..spec import ChipSpec
from .config import FabricConfig
from .log import PULSES
from .stp import amplitude, recover, use
from .wiring import buses, driver_bus


class DriverConstants(NamedTuple):
    """Who takes an event, and what the takers do with it.

    first: int64 (buses · row selects + 1); an event with row select r on bus b is taken by the drivers
    member[first[b · R + r]:first[b · R + r + 1]]. drivers: row_exc, row_inh, label_mask (label bits that go out), stp,
    depressing, utilization, recovery, offset; recovers and scale of the recovery clock.
    """

    label_bits: int
    row_bits: int
    state_bits: int
    amplitude_bits: int
    first: Any
    member: Any
    drivers: Any


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
    settings = table(
        row_exc=section.exc_bottom + 2 * section.exc_top, row_inh=section.inh_bottom + 2 * section.inh_top,
        label_mask=np.where(section.address_out == 1, full, (full + 1) >> 1),
        stp=section.stp, depressing=section.depressing, utilization=section.utilization,
        recovery=section.recovery, offset=section.offset,
        recovers=config.recovery.recovery_enable[hemisphere], scale=config.recovery.recovery_scale[hemisphere],
    )  # fmt: skip
    return DriverConstants(
        spec.synapse_label_bits, spec.row_select_bits, spec.stp_state_bits, spec.amplitude_bits,
        np.concatenate([[0], np.cumsum(matches.sum(axis=1))]), np.nonzero(matches)[1], settings,
    )  # fmt: skip


def driver_state(spec: ChipSpec) -> Any:
    """Return a table: state of plasticity after clear, and recovery ticks it has seen."""
    return empty_table(spec.hemispheres * spec.drivers, "stp", "ticks")


@borrowing
def _modulate(fixed, state, cycle, state_bits, amplitude_bits):  # type: ignore[no-untyped-def]
    s = state.stp
    if fixed.recovers:
        ticks = ticks_through(cycle, fixed.scale)
        s = recover(s, fixed.recovery, ticks - state.ticks)
        state.ticks = ticks
    state.stp = s = use(s, fixed.utilization, state_bits)
    return amplitude(s, fixed.depressing, fixed.offset, state_bits, amplitude_bits)


@borrowing
def pulse(constants, state, bus, cycle, label, log):  # type: ignore[no-untyped-def]
    """Write down the pulses of an event that is on `bus` in `cycle`; they are visible in the next one."""
    key = bus << constants.row_bits | (label >> constants.label_bits & ((1 << constants.row_bits) - 1))
    for m in range(constants.first[key], constants.first[key + 1]):
        d = constants.member[m]
        fixed, bits = constants.drivers[d], constants.amplitude_bits
        row = log.pulses[log.count[PULSES]]
        row[0], row[1], row[2], row[3] = cycle + 1, d, fixed.row_exc, fixed.row_inh
        row[4] = label & fixed.label_mask
        row[5] = _modulate(fixed, state[d], cycle, constants.state_bits, bits) if fixed.stp else (1 << bits) - 1
        log.count[PULSES] += 1
