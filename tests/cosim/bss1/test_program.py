"""What is written into the chips is the network that was asked for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.fabric.drivers import takers
from inloop.behavioral.bss1.fabric.wiring import ENCODERS, line_of
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.network.topology import Topology
from inloop.cosim.bss1.configuration import Configuration, Strength
from inloop.cosim.bss1.placement import Placement, place
from inloop.cosim.bss1.program import RECORDED, ChipProgram, programs, synapse_array
from inloop.errors import DoesNotFitError

TINY = bss1_spec("bss1-tiny")


def network(inputs: int, *sizes: int) -> Topology:
    return Topology(inputs, sizes[:-1], sizes[-1], (False,) * (len(sizes) - 1))


def placed(topology: Topology, spec: Bss1Spec, chips: int, seed: int | None = None) -> Placement:
    usable = [np.ones((spec.sides, spec.columns), bool)] * chips
    if seed is not None:
        usable = [map_ > 0.03 for map_ in np.random.default_rng(seed).random((chips, spec.sides, spec.columns))]
    return place(topology, spec, usable)


def reached(placement: Placement, program: ChipProgram, given: Configuration) -> dict[tuple[int, int], Any]:
    """Return, by line and address of an event, the weights that it puts onto each neuron, inhibitory ones negative."""
    spec, array = placement.spec, synapse_array(placement, program, given)
    first, driver, strobe = takers(spec, program.config)
    column = program.column[:, None] + np.arange(spec.neuron_columns)
    found = {}
    for key in range(spec.lines * spec.line_addresses):
        out = np.zeros(len(program.column), np.int64)
        for place_ in range(first[key], first[key + 1]):
            side, own = divmod(int(driver[place_]), spec.drivers)
            for bit in range(4):
                at = side, 2 * own + bit // 2
                match = array.decoder[at] == key & (1 << spec.synapse_decoder_bits) - 1
                match &= (np.arange(spec.columns) % 2 == bit % 2) & bool(strobe[place_] >> bit & 1)
                out += (1 - 2 * (bit // 2)) * (array.weight[at] * match)[column].sum(axis=1)
        found[divmod(key, spec.line_addresses)] = out
    return found


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 40), st.lists(st.integers(1, 9), min_size=2, max_size=3), st.integers(0, 2**32 - 1))
def test_every_source_reaches_every_neuron_with_its_weight(inputs: int, sizes: list[int], seed: int) -> None:
    """From the lines of each chip through decoders and synapses, by what was written alone."""
    topology, rng = network(inputs, *sizes), np.random.default_rng(seed)
    try:
        placement = placed(topology, TINY, 6, seed)
    except DoesNotFitError:
        return
    codes = tuple(rng.integers(-15, 16, (topology.sizes[k] + 1, size)) for k, size in enumerate(sizes))
    given_ = Configuration(codes, ((Strength(1000, 8), Strength(900, 8)),) * len(sizes), 4)
    written = programs(placement)
    own = int(line_of(RECORDED))
    for number, program in enumerate(written):
        found = reached(placement, program, given_)
        expected = {key: np.zeros(len(program.column), np.int64) for key in found}
        others = [k for k in range(len(written)) if k != number]
        for n, (layer, unit) in enumerate(zip(program.layer.tolist(), program.unit.tolist(), strict=True)):
            expected[own, TINY.line_addresses - 1][n] += codes[layer][-1, unit]  # the bias
            for source in range(topology.sizes[layer]):
                if layer == 0:
                    bringing = [k for k in range(len(written)) if written[k].channel[source] >= 0]
                    chip = number if number in bringing else bringing[0]
                    channel, address = written[chip].channel[source], placement.layers[0].sources.address[source]
                else:
                    below = placement.layers[layer - 1]
                    chip = [program.chip for program in written].index(int(below.chip[source]))
                    channel, address = RECORDED, below.address[source]
                at = line_of(channel) if chip == number else program.foreign[others.index(chip), channel]
                expected[int(at), int(address)][n] += codes[layer][source, unit]
        for key, weights in expected.items():
            np.testing.assert_array_equal(found[key], weights, err_msg=str(key))


def test_inputs_are_spread_over_the_lines_of_the_link() -> None:
    spec = bss1_spec("bss1")
    sources = placed(network(100, 15, 15, 5), spec, 1).layers[0].sources
    assert sources.line.tolist() == [n // 16 for n in range(100)] + [7]
    (program,) = programs(placed(network(100, 15, 15, 5), spec, 1))
    assert sorted(set(program.config.drivers.line[program.config.drivers.enable == 1].tolist())) == list(range(8))
    assert program.config.channels.to_chip.tolist() == [int(k != RECORDED) for k in range(ENCODERS)]


def test_a_chip_that_only_brings_inputs_has_all_channels_for_them() -> None:
    spec = bss1_spec("bss1").with_fields(link_inputs=512)
    hosting, bringing = programs(placed(network(512, 9, 3), spec, 2))
    assert (hosting.channel == -1).all()
    assert sorted(set(bringing.channel.tolist())) == list(range(ENCODERS))
    assert bringing.config.channels.to_chip.tolist() == [1] * ENCODERS
    assert not bringing.config.drivers.enable.any()
    (alone,) = programs(placed(network(448, 9, 3), spec, 1))
    assert RECORDED not in alone.channel
    assert (alone.channel >= 0).all()


def test_a_chip_hears_so_many_others() -> None:
    topology = network(3, 16, 2)
    last = programs(placed(topology, TINY, 3))[-1]
    assert last.foreign[:, RECORDED].tolist() == [8, 9]
    with pytest.raises(DoesNotFitError, match=r"chip 2 needs 2 lines of other chips, 1 reach its drivers"):
        programs(placed(topology, TINY.with_fields(foreign_lines=1), 3))
    with pytest.raises(DoesNotFitError, match=r"chip 0 needs 14 lines of other chips, 8 reach its drivers"):
        programs(placed(network(784, 9, 3), bss1_spec("bss1").with_fields(foreign_lines=8), 8))  # two lines of each
