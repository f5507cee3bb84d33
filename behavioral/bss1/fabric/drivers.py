"""Lines and synapse drivers: which events become pulses of which driver, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...numerics.compiled import borrowing
from ..spec import Bss1Spec
from .config import DECODERS, FabricConfig
from .stimulus import Stimulus
from .wiring import ENCODERS, line_of

Array = NDArray[np.int64]


class Takers(NamedTuple):
    """What an address on a line causes: places first[key]:first[key + 1] of driver and strobe, all int64.

    key: line · 2^address_bits + address. strobe: bits of even and odd columns of the bottom row, then of the top row.
    """

    first: Any
    driver: Any
    strobe: Any


class Wires(NamedTuple):
    """What lies between DNC outputs and synapses of a chip.

    line: int64 (sources, channels), which line of this chip the output of a chip reaches, −1 for none; source 0 is the
    chip itself. delay: int64 (sources), cycles from the output to the pulse.
    """

    line: Any
    delay: Any
    address_bits: int
    synapse_mask: int
    takers: Takers


def wires(spec: Bss1Spec, config: FabricConfig, foreign: Array | None = None) -> Wires:
    """Return lines and drivers in compiled form.

    foreign: (chips, channels), which line of this chip the output of another chip reaches, −1 for none.
    """
    line = line_of(np.arange(ENCODERS))
    line = np.where(config.lines.enable[line] == 1, line, -1)[None, :]
    delay = np.array([spec.line_cycles + 1])
    if foreign is not None:
        line = np.concatenate([line, foreign])
        delay = np.append(delay, np.repeat(delay + spec.hop_cycles, len(foreign)))
    mask = (1 << spec.synapse_decoder_bits) - 1
    return Wires(line, delay, spec.address_bits, mask, takers(spec, config))


def takers(spec: Bss1Spec, config: FabricConfig) -> Takers:
    """Compare all addresses with all decoders, once for all events."""
    section, addresses = config.drivers, 1 << spec.address_bits
    line, address = np.divmod(np.arange(spec.lines * addresses), addresses)
    strobe = np.zeros((len(line), len(section.line)), np.int64)
    for bit, name in enumerate(DECODERS):
        strobe |= (address[:, None] >> spec.synapse_decoder_bits == getattr(section, name)).astype(np.int64) << bit
    strobe *= (line[:, None] == section.line) & (section.enable == 1)
    key, driver = np.nonzero(strobe)
    return Takers(np.searchsorted(key, np.arange(len(line) + 1)), driver.copy(), strobe[key, driver])


def line_events(spec: Bss1Spec, config: FabricConfig, outputs: Array) -> Array:
    """Return cycle at the end of the line, line, address of DNC outputs (rows of cycle, channel, address)."""
    line = line_of(outputs[:, 1])
    rows = np.column_stack([outputs[:, 0] + spec.line_cycles, line, outputs[:, 2]])
    on: Array = rows[config.lines.enable[line] == 1]
    return on


def foreign_events(given: Stimulus) -> Array:
    """Return the events of other chips in the form of `line_events`."""
    return np.column_stack([given.foreign_cycle, given.line, given.foreign_address])


def pulses(spec: Bss1Spec, config: FabricConfig, events: Array) -> Array:
    """Return the pulses of line events: cycle, driver, strobe, synapse address; by cycle and driver."""
    first, driver, strobe = takers(spec, config)
    key = events[:, 1] << spec.address_bits | events[:, 2]
    counts = first[key + 1] - first[key]
    event = np.repeat(np.arange(len(events)), counts)
    place = np.arange(len(event)) - np.repeat(np.cumsum(counts) - counts, counts) + first[key[event]]
    low = (1 << spec.synapse_decoder_bits) - 1
    rows = np.column_stack([events[event, 0] + 1, driver[place], strobe[place], events[event, 2] & low])
    return rows[np.lexsort((rows[:, 1], rows[:, 0]))]


@borrowing
def arriving(wires, source, log, head, cycle, rows, count):  # type: ignore[no-untyped-def]
    """Add the pulses visible in `cycle` to `rows[:count]` of driver, strobe, synapse address; return the new count.

    Rows are kept in the order of the drivers.

    For an analog core in lock-step. log: DNC outputs of the source; head, int64 (sources): of each the first output
    that has not arrived yet. Call with each cycle in turn, or at least with each in which one arrives.
    """
    while head[source] < log.count[0] and log.outputs[head[source], 0] + wires.delay[source] <= cycle:
        line, address = wires.line[source, log.outputs[head[source], 1]], log.outputs[head[source], 2]
        head[source] += 1
        if line < 0:
            continue
        key = line << wires.address_bits | address
        for place in range(wires.takers.first[key], wires.takers.first[key + 1]):
            at = count
            while at and rows[at - 1, 0] > wires.takers.driver[place]:
                for field in range(3):
                    rows[at, field] = rows[at - 1, field]
                at -= 1
            rows[at, 0], rows[at, 1] = wires.takers.driver[place], wires.takers.strobe[place]
            rows[at, 2] = address & wires.synapse_mask
            count += 1
    return count
