"""Where the events of a population come from: lines of the on-wafer bus, and addresses on them.

A line has 64 addresses, of which a row of synapses decodes one group of 16. The neurons of a chip share a line, whose
last address belongs to the background generator that gives the bias.

The link of a chip with neurons brings the inputs on its seven other lines. A link carries only so many events: inputs
beyond `link_inputs` are dealt out to chips without neurons, which bring them in on their eight lines, and all chips of
the first layer hear these. Groups of 16 are dealt out in rounds, each of which begins one chip further on: neighbours,
which are often active together, are on different links, and so are the pixels of a column of an image. They use as
many lines as half of those of other chips that one can hear, for each has a buffer of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...behavioral.bss1.fabric.wiring import ENCODERS
from ...behavioral.bss1.spec import Bss1Spec

Ints = NDArray[np.int64]

INPUT_LINES: Final = ENCODERS - 1
"""Lines that the link of a chip with neurons can bring inputs on, beside that of its neurons."""


@dataclass(frozen=True)
class Lines:
    """Numbers of the lines of a network: first those of its inputs.

    inputs: how many these are. chips: those that only bring inputs, a line of each in turn; without any, the link of
    each chip with neurons of the first layer brings all.
    """

    inputs: int
    chips: tuple[int, ...] = ()

    @property
    def generator(self) -> int:
        """The generator, on the line of each chip's own neurons."""
        return self.inputs

    def chip(self, chip: int) -> int:
        """Return the line of a chip's neurons."""
        return self.inputs + 1 + chip


@dataclass(frozen=True, eq=False)
class Sources:
    """Where the events of a population come from: line (see `Lines`) and address on it, (sources).

    group: (sources), numbers the groups that a row can decode, in the order in which they are given drivers.
    """

    line: Ints
    address: Ints
    group: Ints


def generator_address(spec: Bss1Spec) -> int:
    """Return the address of the generator on the line of a chip's neurons; below it are those of the neurons."""
    return spec.line_addresses - 1


def input_sources(inputs: int, spec: Bss1Spec) -> tuple[Lines, int, Sources]:
    """Deal out groups of inputs to lines; return also how many chips have to bring them in, and the sources."""
    group, low = np.divmod(np.arange(inputs), spec.group_addresses)
    groups, per_line = int(group[-1]) + 1, 1 << spec.driver_decoder_bits
    per_link = spec.link_inputs // spec.group_addresses
    if groups <= min(per_link, INPUT_LINES * per_line):
        bringing, dealt, channels = 0, min(groups, INPUT_LINES), 1
    else:
        bringing = dealt = -(-groups // per_link)
        least = -(-groups // (dealt * per_line))
        channels = max(least, min(groups // dealt, ENCODERS, spec.foreign_lines // 2 // dealt))
    turn, at = np.divmod(group, dealt)
    line = turn % channels * dealt + (turn + at) % dealt
    address = turn // channels * spec.group_addresses + low
    return Lines(dealt * channels), bringing, Sources(line, address, group)


def sources_on(line: Ints, address: Ints, spec: Bss1Spec) -> Sources:
    """Return sources with these lines and addresses; groups are those of the lines, in their order."""
    return Sources(line, address, (line << spec.driver_decoder_bits) + (address >> spec.synapse_decoder_bits))


def with_generator(below: Sources, lines: Lines, spec: Bss1Spec) -> Sources:
    """Return the sources of a layer: those below it, and the generator."""
    bias = sources_on(np.array([lines.generator]), np.array([generator_address(spec)]), spec)
    return Sources(*(np.append(getattr(below, name), value) for name, value in vars(bias).items()))
