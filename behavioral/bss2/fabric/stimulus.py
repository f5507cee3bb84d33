"""What reaches the digital spike path from outside: the host's events, software events, and how ready the host is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import SpikeError
from ...digital.records import table
from ...digital.ticks import NEVER
from ..spec import ChipSpec
from .link_in import schedule

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Inputs of one run; build it with `stimulus`.

    Link events, in the order of each channel's stream: channel, label, stamp, offered (the cycle from which the host
    offers it; below 0: before the run). Software events, at most one per cycle and hemisphere: software_cycle (of the
    strobe), hemisphere, fire_bus, row_select, synapse_label. ready: bool (links, period), whether the host takes an
    event in cycle c is ready[l, c % period].
    """

    channel: Array
    label: Array
    stamp: Array
    offered: Array
    software_cycle: Array
    hemisphere: Array
    fire_bus: Array
    row_select: Array
    synapse_label: Array
    ready: NDArray[np.bool_]


class Traffic(NamedTuple):
    """A stimulus as the kernels read it: link events by channel with their release, software events by cycle.

    first: int64 (links + 1), events of a channel are link[first[k]:first[k + 1]]. link: label, release. software:
    cycle, bus, label. ready_wait: int64 (links, period), cycles until the host is ready.
    """

    first: Any
    link: Any
    software: Any
    ready_wait: Any


def stimulus(
    spec: ChipSpec,
    channel: ArrayLike = (),
    label: ArrayLike = (),
    stamp: ArrayLike = (),
    offered: ArrayLike | None = None,
    *,
    software: ArrayLike = (),
    ready: ArrayLike | None = None,
) -> Stimulus:
    """Build a stimulus.

    offered: by default the host fills the FIFOs before the run. software: rows of cycle, hemisphere, fire_bus,
    row_select, synapse label. ready: by default the host is always ready. Raises `SpikeError` for a value out of range,
    for lists of unequal length and for two software events of one hemisphere in one cycle.
    """
    early = np.full(np.size(channel), -spec.link_in_depth)
    columns = [np.asarray(x).reshape(-1) for x in (channel, label, stamp, early if offered is None else offered)]
    if len({len(column) for column in columns}) > 1:
        raise SpikeError(f"channel, label, stamp, offered have lengths {', '.join(str(len(x)) for x in columns)}")
    rows = np.asarray(software).reshape(-1, 5)
    limits = {
        "channel": spec.link_channels, "label": 1 << spec.label_bits, "stamp": 1 << spec.time_bits, "offered": NEVER,
        "software_cycle": NEVER, "hemisphere": spec.hemispheres, "fire_bus": 1 << spec.padi_buses,
        "row_select": 1 << spec.row_select_bits, "synapse_label": 1 << spec.synapse_label_bits,
    }  # fmt: skip
    values = {}
    for (name, limit), column in zip(limits.items(), [*columns, *rows.T], strict=True):
        values[name] = column.astype(np.int64)
        low = -NEVER if name == "offered" else 0
        bad = np.flatnonzero((values[name] != column) | (values[name] < low) | (values[name] >= limit))
        if len(bad):
            raise SpikeError(f"{name} {column[bad[0]]} of event {bad[0]} must be a whole number, {low} to {limit - 1}")
    if len(np.unique(rows[:, :2], axis=0)) < len(rows):
        raise SpikeError("two software events of one hemisphere in one cycle; it has one register")
    takes = np.ones((spec.link_channels, 1), np.bool_) if ready is None else np.array(ready, np.bool_)
    if takes.ndim != 2 or takes.shape[0] != spec.link_channels or not takes.shape[1]:
        raise SpikeError(f"ready has shape {takes.shape}, expected ({spec.link_channels}, period of 1 or more)")
    return Stimulus(**values, ready=takes)


def link_schedule(spec: ChipSpec, given: Stimulus) -> tuple[Array, Array, Array, Array]:
    """Return the order of the link events by channel, first (links + 1), and in that order accepted and released."""
    order = np.argsort(given.channel, kind="stable")
    first = np.searchsorted(given.channel[order], np.arange(spec.link_channels + 1))
    accepted, released = np.empty_like(order), np.empty_like(order)
    schedule(first, given.stamp[order], given.offered[order], spec.link_in_depth, accepted, released)
    return order, first, accepted, released


def traffic(spec: ChipSpec, given: Stimulus) -> Traffic:
    """Return the stimulus in compiled form."""
    order, first, _, released = link_schedule(spec, given)
    event, bus = np.nonzero(given.fire_bus[:, None] >> np.arange(spec.padi_buses) & 1)
    label = given.row_select << spec.synapse_label_bits | given.synapse_label
    software = table(
        cycle=given.software_cycle[event], bus=given.hemisphere[event] * spec.padi_buses + bus, label=label[event]
    )
    return Traffic(
        first,
        table(label=given.label[order], release=released),
        software[np.argsort(software["cycle"], kind="stable")],
        ready_wait(given.ready),
    )


def ready_wait(ready: NDArray[np.bool_]) -> Array:
    """Return, for each cycle of the period, the cycles until the host is ready; `NEVER` if it never is."""
    links, period = ready.shape
    wait = np.full((links, period), NEVER, np.int64)
    for link in range(links):
        at = np.flatnonzero(ready[link])
        if len(at):
            following = np.concatenate([at, at[:1] + period])
            wait[link] = following[np.searchsorted(at, np.arange(period))] - np.arange(period)
    return wait
