from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss1.spec import Bss1Spec, bss1_spec
from inloop.behavioral.network.topology import Topology
from inloop.cosim.bss1.placement import Placement, place
from inloop.errors import ConfigError, DoesNotFitError

TINY = bss1_spec("bss1-tiny")


def network(inputs: int, *sizes: int) -> Topology:
    return Topology(inputs, sizes[:-1], sizes[-1], (False,) * (len(sizes) - 1))


def whole(spec: Bss1Spec, chips: int) -> list[Any]:
    return [np.ones((spec.sides, spec.columns), bool)] * chips


def check(placed: Placement, usable: list[Any]) -> None:
    """No circuit, synapse or driver is used twice, and each row decodes what it has to."""
    spec, sites = placed.spec, Counter[tuple[int, int]]()
    listens: dict[tuple[int, int, int], tuple[int, int]] = {}
    for layer in placed.layers:
        for chip, column in zip(layer.chip.tolist(), layer.column.tolist(), strict=True):
            sites.update((chip, k) for k in range(column, column + spec.neuron_columns))
            assert usable[chip][:, column : column + spec.neuron_columns].all()
        used = {use.chip for use in placed.chips}
        for chip, slots in layer.slots.items():
            assert chip in used
            place_ = np.stack([slots.side, slots.driver, slots.column])
            assert len(np.unique(place_, axis=1).T) == place_.shape[1]
            assert slots.driver.max() < spec.drivers
            assert slots.column.max() < spec.neuron_columns
            own: dict[tuple[int, int, int], tuple[int, int]] = {}
            for side, driver, line, address in zip(
                slots.side, slots.driver, layer.sources.line, layer.sources.address, strict=True
            ):
                heard = int(line), int(address) >> spec.synapse_decoder_bits
                assert own.setdefault((chip, int(side), int(driver)), heard) == heard
            assert not own.keys() & listens.keys()  # drivers belong to one layer
            listens |= own
        assert (layer.sources.address < spec.line_addresses).all()
        pairs = np.stack([layer.sources.line, layer.sources.address])
        assert len(np.unique(pairs, axis=1).T) == pairs.shape[1]
    assert max(sites.values()) == 1
    check_inputs(placed)


def check_inputs(placed: Placement) -> None:
    """Every input comes over the link of chips without neurons or of all in the first layer, none over a full link."""
    inputs, lines, first = placed.topology.inputs, placed.lines, placed.layers[0]
    brought = {use.chip: use.inputs for use in placed.chips if use.inputs}
    idle = {use.chip for use in placed.chips if not use.neurons}
    assert max(brought.values()) <= placed.spec.link_inputs
    if idle:
        assert set(lines.chips) == set(brought) == idle
        assert sum(brought.values()) == inputs > placed.spec.link_inputs
        assert max(brought.values()) - min(brought.values()) <= 2 * placed.spec.group_addresses
        assert lines.inputs <= 8 * len(idle)
    else:
        assert brought == dict.fromkeys(first.slots, inputs)
        assert lines.inputs <= 7
    assert sorted(set(first.sources.line[:-1].tolist())) == list(range(lines.inputs))


def test_the_published_network_fits_one_chip() -> None:
    spec = bss1_spec("bss1")
    placed = place(network(100, 15, 15, 5), spec, whole(spec, 2))
    check(placed, whole(spec, 2))
    (chip,) = placed.chips
    assert (chip.neurons, chip.circuits, chip.lines) == (35, 280, 8)  # seven with inputs and its own
    assert chip.synapses == 2 * (101 * 15 + 16 * 15 + 16 * 5)
    # inputs and bias: 6 groups of 16 and one of 5; neurons 0..14, and 15 with 16..29; the bias again for each layer
    assert chip.drivers == (6 * 4 + 2) + (4 + 1) + (1 + 4 + 1)


def test_a_chip_has_addresses_for_63_neurons() -> None:
    spec = bss1_spec("bss1").with_fields(circuits_per_neuron=2)
    placed = place(network(3, 150, 2), spec, whole(spec, 3))
    assert [chip.neurons for chip in placed.chips] == [63, 63, 26]


def test_a_larger_network_takes_several_chips() -> None:
    spec = bss1_spec("bss1")
    placed = place(network(784, 100, 100, 10), spec, whole(spec, 11))
    check(placed, whole(spec, 11))
    assert sum(chip.neurons for chip in placed.chips) == 210
    assert sum(chip.synapses for chip in placed.chips) == 2 * (785 * 100 + 101 * 100 + 101 * 10)
    assert [chip.inputs for chip in placed.chips] == [0] * 4 + [112] * 7
    assert [chip.lines for chip in placed.chips][:2] == [28 + 1, 28 + 2]  # four lines of each, and those of neurons


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 40), st.lists(st.integers(1, 9), min_size=2, max_size=4), st.integers(0, 2**32 - 1),
    st.sampled_from([2, 4, 8]),
)  # fmt: skip
def test_what_is_placed_obeys_the_chip(inputs: int, sizes: list[int], seed: int, merged: int) -> None:
    spec = TINY.with_fields(circuits_per_neuron=merged)
    usable = [map_ > 0.03 for map_ in np.random.default_rng(seed).random((6, spec.sides, spec.columns))]
    topology = network(inputs, *sizes)
    try:
        placed = place(topology, spec, usable)
    except DoesNotFitError:
        return
    check(placed, usable)
    assert sum(chip.neurons for chip in placed.chips) == topology.neurons
    sources = placed.layers[0].sources
    assert (np.diff(sources.group) >= 0).all()  # drivers in the order of the inputs, however these come in
    for chip in placed.chips:
        bad = ~usable[chip.chip].all(axis=0).reshape(-1, spec.neuron_columns).all(axis=1)
        assert chip.defective_sites == bad.sum()


def test_what_does_not_fit_is_refused_with_what_ran_out() -> None:
    with pytest.raises(DoesNotFitError, match=r"needs 51 synapse drivers for 200 sources .* has 32; merge more"):
        place(network(200, 3, 2), TINY, whole(TINY, 4))
    with pytest.raises(DoesNotFitError, match=r"8-9-2 does not fit on 1 chips 'bss1-tiny' of at most 8 neurons"):
        place(network(8, 9, 2), TINY, whole(TINY, 1))
    with pytest.raises(
        DoesNotFitError,
        match=r"network 40-3-2: its 40 inputs need 3 chips that only bring them in, 16 at most .*; 2 of 3 chips",
    ):
        place(network(40, 3, 2), TINY, whole(TINY, 3))
    with pytest.raises(ConfigError, match="8-9r-2: a wafer has chains of layers without loops only"):
        place(Topology(8, (9,), 2, (True,)), TINY, whole(TINY, 9))
