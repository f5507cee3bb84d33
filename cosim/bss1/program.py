"""What is written into the chips for a placed network, and which lines of other chips each of them hears.

All encoders of a chip share one line (`on_one`); its channel of the link records for the host, the other channels bring
inputs. The bias comes from a background generator onto the line of the neurons, from the one whose block of neurons
is filled last. A chip hears each line of another one, be it of neurons or of inputs, on a line of its own. A chip that
only brings inputs uses all eight channels for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.analog.synapses import SynapseArray
from ...behavioral.bss1.fabric.config import DECODERS, FabricConfig
from ...behavioral.bss1.fabric.wiring import ENCODERS, TREE, line_of, on_one
from ...behavioral.bss1.spec import Bss1Spec
from ...errors import ConfigError, DoesNotFitError
from .configuration import Configuration
from .placement import Placement
from .sources import Lines, generator_address

Ints = NDArray[np.int64]

RECORDED: Final = next(k for k in range(ENCODERS) if not on_one(ENCODERS)[1][TREE + k])
"""The channel of the neurons' line."""
INPUT_CHANNELS: Final = tuple(k for k in range(ENCODERS) if k != RECORDED)
GENERATOR: Final = 0


@dataclass(frozen=True, eq=False)
class ChipProgram:
    """One chip of a network.

    chip: on the wafer. column: first columns of its neurons, by address; layer, unit: which they are. foreign: (other
    chips, channels), the line on which an output of another chip is heard here, −1 for none; in the order of the
    programs, this one left out. channel: (inputs), the channel of its link that brings an input, −1 for none.
    """

    chip: int
    config: FabricConfig
    column: Ints
    layer: Ints
    unit: Ints
    foreign: Ints
    channel: Ints


def programs(placement: Placement) -> tuple[ChipProgram, ...]:
    """Return the programs of all chips that are used, without bias.

    Raises `DoesNotFitError` for more lines of other chips than one can hear.
    """
    return tuple(_program(placement, use.chip) for use in placement.chips)


def _program(placement: Placement, chip: int) -> ChipProgram:
    spec = placement.spec
    others = [use.chip for use in placement.chips if use.chip != chip]
    heard = {int(n) for layer in placement.layers if chip in layer.slots for n in layer.sources.line}
    sender = {n: _sender(placement.lines, n, chip) for n in heard}
    foreign = sorted(source for source in sender.values() if source[0] != chip)
    if len(foreign) > spec.foreign_lines:
        raise DoesNotFitError(
            f"network {placement.topology}: chip {chip} needs {len(foreign)} lines of other chips, "
            f"{spec.foreign_lines} reach its drivers (foreign_lines)"
        )
    reached = np.full((len(others), ENCODERS), -1, np.int64)
    for number, (other, channel) in enumerate(foreign):
        reached[others.index(other), channel] = ENCODERS + number
    line = {
        n: int(line_of(channel)) if other == chip else int(reached[others.index(other), channel])
        for n, (other, channel) in sender.items()
    }
    column, layer, unit = _neurons_on(placement, chip)
    config = _sending(spec, column) if len(column) else _bringing(spec)
    config = config.with_section("drivers", **_drivers(placement, chip, line))
    return ChipProgram(chip, config, column, layer, unit, reached, _channels(placement, chip))


def _sender(lines: Lines, line: int, chip: int) -> tuple[int, int]:
    """Return the chip and its channel that send a line which `chip` hears."""
    if line > lines.generator:
        return line - lines.chip(0), RECORDED
    if line == lines.generator:
        return chip, RECORDED
    if not lines.chips:
        return chip, INPUT_CHANNELS[line]
    channel, turn = divmod(line, len(lines.chips))
    return lines.chips[turn], channel


def _channels(placement: Placement, chip: int) -> Ints:
    """Return the channel of a chip's link that brings an input, −1 for none."""
    lines, first = placement.lines, placement.layers[0]
    senders = [_sender(lines, n, chip) for n in range(lines.inputs)]
    takes = bool(lines.chips) or chip in first.slots
    channel = np.array([channel if takes and sender == chip else -1 for sender, channel in senders])
    return channel[first.sources.line[:-1]]


def _bringing(spec: Bss1Spec) -> FabricConfig:
    """Return the configuration of a chip that sends what its link brings."""
    config = FabricConfig.default(spec).with_section("mergers", select=1).with_section("lines", enable=1)
    return config.with_section("channels", enable=1, to_chip=1)


def _sending(spec: Bss1Spec, column: Ints) -> FabricConfig:
    """Return the configuration of a chip whose neurons, first columns by address, send on one line and to the host."""
    config = FabricConfig.default(spec).sharing(ENCODERS).with_section("lines", enable=1)
    to_chip = np.array([int(k != RECORDED) for k in range(ENCODERS)])
    address, enable = np.zeros((2, spec.circuits), np.int64)
    address[column], enable[column] = np.arange(len(column)), 1  # the comparator is that of the first circuit
    config = config.with_section("channels", enable=1, to_chip=to_chip)
    return config.with_section("neurons", address=address, enable=enable)


def _neurons_on(placement: Placement, chip: int) -> tuple[Ints, Ints, Ints]:
    """Return first column, layer and number in it of the neurons of a chip, by address."""
    rows = [
        (int(each.address[n]), int(each.column[n]), layer, n)
        for layer, each in enumerate(placement.layers)
        for n in np.flatnonzero(each.chip == chip).tolist()
    ]
    _, column, layer, unit = np.array(sorted(rows), np.int64).reshape(-1, 4).T.copy()
    return column, layer, unit


def _drivers(placement: Placement, chip: int, line: dict[int, int]) -> dict[str, Ints]:
    """Return the settings of all drivers of a chip; line: which one of it carries a line of the network."""
    spec = placement.spec
    names = ("enable", "line", *DECODERS)
    fields = {name: np.zeros(spec.sides * spec.drivers, np.int64) for name in names}
    for layer in placement.layers:
        if chip in layer.slots:
            slots, sources = layer.slots[chip], layer.sources
            driver = slots.side * spec.drivers + slots.driver
            fields["enable"][driver] = 1
            fields["line"][driver] = [line[int(n)] for n in sources.line]
            for name in DECODERS:
                fields[name][driver] = sources.address >> spec.synapse_decoder_bits
    return fields


def with_bias(config: FabricConfig, spec: Bss1Spec, bias_cycles: int) -> FabricConfig:
    """Return a copy whose generator sends the bias. Raises `ConfigError` if it cannot be so slow."""
    if bias_cycles > 1 << spec.period_bits:
        raise ConfigError(
            f"bias events every {bias_cycles} cycles are further apart than the {1 << spec.period_bits} of a "
            "background generator; make bias_steps smaller"
        )
    enable = np.array([int(g == GENERATOR) for g in range(ENCODERS)])
    return config.with_section("background", enable=enable, period=bias_cycles - 1, address=generator_address(spec))


def synapse_array(placement: Placement, program: ChipProgram, configuration: Configuration) -> SynapseArray:
    """Return what the array of a chip is for these weights."""
    spec, chip = placement.spec, program.chip
    weight, decoder = np.zeros((2, spec.sides, 2 * spec.drivers, spec.columns), np.int64)
    strength = np.ones((spec.sides, 2 * spec.drivers))
    for number, layer in enumerate(placement.layers):
        if chip not in layer.slots:
            continue
        slots, here = layer.slots[chip], layer.chip == chip
        codes, strengths = configuration.codes[number][:, here], configuration.strengths[number]
        column = layer.column[here] + slots.column[:, None]
        for top, (sign, given) in enumerate(zip((1, -1), strengths, strict=True)):
            row = 2 * slots.driver + top
            place = slots.side[:, None], row[:, None], column
            weight[place] = np.maximum(sign * codes, 0)
            decoder[place] = (layer.sources.address % spec.group_addresses)[:, None]
            strength[slots.side, row] = given.ratio
    return SynapseArray(weight, decoder, strength)
