"""What a level with the digital path sees of each chip, and what the host makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.fabric.result import LOSSES
from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.fabric.words import unpacked
from ...behavioral.bss1.spec import Bss1Spec
from ...behavioral.events import GridEvents
from ...behavioral.grid import TimeGrid
from ...behavioral.lockstep import Seen
from ..buffers import recycled
from .placement import Placement
from .program import ChipProgram
from .sources import generator_address

Array = NDArray[Any]

COUNTERS = (*LOSSES, "line_events")
"""Banks of counters of a chip that the host reads after each sample, eight in each."""


@dataclass(frozen=True, eq=False)
class Measured:
    """Raw results of a batch, per sample and chip.

    spike_cycle, spike_circuit: (samples, chips, room), valid up to spike_count (samples, chips); what the comparators
    said. word_cycle, word: the same of the words to the host, by the cycle in which it took them. registers: (samples,
    chips, `COUNTERS`, 8), as read.
    """

    spike_count: Array
    spike_cycle: Array
    spike_circuit: Array
    word_count: Array
    word_cycle: Array
    word: Array
    registers: Array

    def in_lockstep(self) -> Seen:
        """Return the spikes as the lock-step fills them; there is no CADC."""
        no_records = np.empty((*self.spike_count.shape, 0, 0), np.uint8)
        return Seen(self.spike_count, self.spike_cycle, self.spike_circuit, no_records)

    def head(self, samples: int) -> Measured:
        """Return what belongs to the first samples."""
        return Measured(**{name: values[:samples] for name, values in vars(self).items()})

    def spikes(self) -> Array:
        """Return rows of sample, chip, cycle, circuit."""
        return _rows(self.spike_count, self.spike_cycle, self.spike_circuit)

    def words(self) -> Array:
        """Return rows of sample, chip, cycle, word."""
        return _rows(self.word_count, self.word_cycle, self.word)


def room_for(samples: int, chips: int, spikes: int, words: int) -> Measured:
    """Return room for so many spikes and words of a chip in a sample."""
    shape = samples, chips
    return Measured(
        np.zeros(shape, np.int64), recycled((*shape, spikes), np.int32), recycled((*shape, spikes), np.int32),
        np.zeros(shape, np.int64), recycled((*shape, words), np.int32), recycled((*shape, words), np.int64),
        np.zeros((*shape, len(COUNTERS), ENCODERS), np.int64),
    )  # fmt: skip


def _rows(count: Array, *values: Array) -> Array:
    sample, chip, place = np.nonzero(np.arange(values[0].shape[2]) < count[..., None])
    return np.column_stack([sample, chip, *(value[sample, chip, place] for value in values)])


def recorded(
    placement: Placement, programs: tuple[ChipProgram, ...], seen: Measured, grid: TimeGrid, cycles: int
) -> tuple[tuple[GridEvents, ...], tuple[NDArray[np.int64], ...]]:
    """Return the spikes per layer that reached the host, on the grid, and the stamps of their words, in their order.

    Events of the bias generators are left out, and what was stamped after the last cycle.
    """
    spec = placement.spec
    sample, chip, cycle, word = seen.words().T
    fields = unpacked(spec, word)
    stamp = cycle - (cycle - fields.stamp) % (1 << spec.stamp_bits)  # stamps wrap; a word waits shorter than that
    counts = (fields.address != generator_address(spec)) & (stamp < cycles)
    sample, chip, address, stamp = (x[counts] for x in (sample, chip, fields.address, stamp))
    step = stamp // (cycles // grid.steps)
    layer, unit = np.full((2, len(programs), spec.line_addresses), -1)
    for number, program in enumerate(programs):
        layer[number, : len(program.layer)], unit[number, : len(program.unit)] = program.layer, program.unit
    found, stamps = [], []
    for size, own in zip(placement.topology.sizes[1:], _by_layer(layer[chip, address], placement), strict=True):
        events, order = _on_grid(sample[own], step[own], unit[chip, address][own], len(seen.word), grid.steps, size)
        found.append(events)
        stamps.append(stamp[own][order])
    return tuple(found), tuple(stamps)


def _by_layer(layer: Array, placement: Placement) -> list[Array]:
    return [layer == number for number in range(len(placement.layers))]


def _on_grid(
    sample: Array, step: Array, unit: Array, samples: int, steps: int, units: int
) -> tuple[GridEvents, NDArray[np.int64]]:
    """Return events on the grid, and the order in which they are there."""
    order = np.lexsort((unit, step, sample))
    edges = np.searchsorted((sample * steps + step)[order], np.arange(samples * steps + 1))
    first = np.column_stack([edges[:-1].reshape(samples, steps), edges[steps::steps]])
    return GridEvents(np.ascontiguousarray(first), unit[order].astype(np.int32), units), order


def lost(seen: Measured) -> dict[str, int]:
    """Return events lost in each stage of all chips, over the batch."""
    totals = seen.registers[:, :, : len(LOSSES)].sum(axis=(0, 1, 3))
    return dict(zip(LOSSES, totals.tolist(), strict=True))


def drain_cycles(spec: Bss1Spec) -> int:
    """Return cycles in which all that is in the encoders, mergers and the link out arrives, whatever it is."""
    return 2 * spec.circuits + (spec.link_out_depth + ENCODERS + 2) * spec.link_event_cycles + 64
