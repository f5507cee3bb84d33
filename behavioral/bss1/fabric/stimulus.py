"""What reaches the digital path of a HICANN from outside: words of the link, events on lines of other chips."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....errors import SpikeError
from ...bss2.fabric.stimulus import ready_wait
from ...digital.records import table
from ...digital.ticks import NEVER
from ..spec import Bss1Spec
from .config import FabricConfig
from .link_in import RELEASED, deliver, release
from .wiring import ENCODERS

Array = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Stimulus:
    """Inputs of one run; build it with `stimulus`.

    Words by arrival: arrival (cycle; below 0: before the run), channel, address, stamp. Events of other chips:
    foreign_cycle (at the end of the line), line, foreign_address. ready: bool (period), whether the host takes a word
    in cycle c is ready[c % period].
    """

    arrival: Array
    channel: Array
    address: Array
    stamp: Array
    foreign_cycle: Array
    line: Array
    foreign_address: Array
    ready: NDArray[np.bool_]


class Traffic(NamedTuple):
    """A stimulus as the kernels read it: what the release buffers let out.

    first: int64 (channels + 1), events of channel k are link[first[k]:first[k + 1]]. link: address, visible (cycle in
    which it is at the release output).
    """

    first: Any
    link: Any


class Times(NamedTuple):
    """cycles: of a sample. drain: cycles after it in which all arrives."""

    cycles: int
    drain: int


def stimulus(
    spec: Bss1Spec, words: ArrayLike = (), *, foreign: ArrayLike = (), ready: ArrayLike | None = None
) -> Stimulus:
    """Build a stimulus.

    words: rows of arrival, channel, address, stamp. foreign: rows of cycle, line, address. ready: by default the host
    takes a word every `link_event_cycles`. Raises `SpikeError` for a value out of range, two words in one cycle, or two
    events on one line in one cycle.
    """
    takes = np.arange(spec.link_event_cycles) == 0 if ready is None else np.array(ready, np.bool_)
    if takes.ndim != 1 or not len(takes):
        raise SpikeError(f"ready has shape {takes.shape}, expected (period of 1 or more,)")
    address = (0, 1 << spec.address_bits)
    word_limits = ((-NEVER, NEVER), (0, ENCODERS), address, (0, 1 << spec.stamp_bits))
    foreign_limits = ((0, NEVER), (ENCODERS, spec.lines), address)
    link = _checked("word", words, ("arrival", "channel", "address", "stamp"), word_limits)
    other = _checked("foreign event", foreign, ("cycle", "line", "address"), foreign_limits)
    if len(np.unique(link[:, 0])) < len(link):
        raise SpikeError("two words arrive in one cycle; the link brings one at a time")
    if len(np.unique(other[:, :2], axis=0)) < len(other):
        raise SpikeError("two events on one line in one cycle")
    link = link[np.argsort(link[:, 0])]
    arrival, channel, sent_address, stamp = link.T.copy()
    cycle, line, foreign_address = other.T.copy()
    return Stimulus(arrival, channel, sent_address, stamp, cycle, line, foreign_address, takes)


def scheduled(spec: Bss1Spec, events: ArrayLike) -> tuple[Array, int]:
    """Return the words of events that a host sends, and how many events the distributor drops.

    events: rows of release cycle, channel, address; cycles without limit of width. See `release.deliver`.
    """
    rows = np.asarray(events, np.int64).reshape(-1, 3)
    arrival = deliver(spec, rows[:, 0])
    words = np.column_stack([arrival, rows[:, 1], rows[:, 2], rows[:, 0] & ((1 << spec.stamp_bits) - 1)])
    return words[arrival < NEVER], int((arrival == NEVER).sum())


def _checked(what: str, rows: ArrayLike, names: Any, limits: Any) -> Array:
    given = np.asarray(rows).reshape(-1, len(names))
    whole = given.astype(np.int64)
    for k, (name, (low, high)) in enumerate(zip(names, limits, strict=True)):
        bad = np.flatnonzero((whole[:, k] != given[:, k]) | (whole[:, k] < low) | (whole[:, k] >= high))
        if len(bad):
            raise SpikeError(
                f"{name} {given[bad[0], k]} of {what} {bad[0]} must be a whole number, {low} to {high - 1}"
            )
    return whole


def fates(spec: Bss1Spec, config: FabricConfig, given: Stimulus) -> tuple[Array, Array, Array, Array]:
    """Return the order of the words by channel, first (channels + 1), and in that order fate and its cycle."""
    order = np.argsort(given.channel, kind="stable")
    first = np.searchsorted(given.channel[order], np.arange(ENCODERS + 1))
    fate, cycle = np.full_like(order, RELEASED), np.full_like(order, NEVER)
    release(
        first, given.arrival[order], given.stamp[order], config.channels.enable & config.channels.to_chip,
        spec.buffer_slots, spec.stamp_bits, spec.compare_bits, fate, cycle,
    )  # fmt: skip
    return order, first, fate, cycle


def traffic(spec: Bss1Spec, config: FabricConfig, given: Stimulus) -> Traffic:
    """Return the stimulus in compiled form."""
    return released(given, *fates(spec, config, given))


def released(given: Stimulus, order: Array, _: Array, fate: Array, cycle: Array) -> Traffic:
    """Return what the release buffers let out, from the fates of the words."""
    out = np.flatnonzero(fate == RELEASED)
    out = out[np.lexsort((cycle[out], given.channel[order[out]]))]
    first = np.searchsorted(given.channel[order[out]], np.arange(ENCODERS + 1))
    return Traffic(first, table(address=given.address[order[out]], visible=cycle[out] + 1))


def host_wait(given: Stimulus) -> Array:
    """Return, for each cycle of the period, the cycles until the host is ready; (1, period)."""
    return ready_wait(given.ready[None, :])
