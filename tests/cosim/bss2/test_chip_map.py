"""What a placed network occupies: read off the configuration, held against what was asked for."""

from __future__ import annotations

import contextlib
from dataclasses import fields

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.network.topology import Topology
from inloop.cosim.bss2.chip_map import NOBODY, chip_map, drivers_by_bus, usage
from inloop.cosim.bss2.placement import route
from inloop.errors import InloopError

BSS2, TINY = chip_spec("bss2"), chip_spec("tiny")


def used(topology: str, spec: object = BSS2) -> dict[str, tuple[int, int]]:
    return {
        use.resource: (use.used, use.available) for use in usage(chip_map(route(Topology.parse(topology), spec)))
    }  # fmt: skip


def test_the_published_networks() -> None:
    first, second = used("256-246-10"), used("70-186r-20")
    assert first["columns"] == (256, 256)
    assert first["neuron circuits"] == (512, 512)
    assert first["synapse drivers"] == second["synapse drivers"] == (256, 256)
    assert first["synapses"] == (2 * (256 * 246 + 246 * 10), 131_072)
    assert second["synapses"] == (2 * (70 * 186 + 186 * 186 + 186 * 20), 131_072)
    assert second["event outputs"] == (6, 8)
    assert second["labels on the fullest bus"] == (64, 64)
    assert first["labels on the fullest bus"] == (2 * (32 + 16), 2 * 64)
    assert first["crossbar nodes"] == (24 + 8, 76)


@pytest.mark.parametrize("topology", ["9-4-3", "3-4r-2r-2", "8-8r-3", "1-1-1"])
@pytest.mark.parametrize("spec", [BSS2, TINY.with_fields(rows=32), BSS2.with_fields(hemispheres=1)], ids=str)
def test_every_connection_is_on_the_map(topology: str, spec: ChipSpec) -> None:
    network = Topology.parse(topology)
    chip = chip_map(route(network, spec))
    for layer in range(len(network.hidden) + 1):
        mine = chip.synapses[:, :, chip.circuits[0] == layer + 1]
        below = 2 * network.sizes[layer] * network.sizes[layer + 1]
        assert (mine == layer).sum() == below, "two synapses per connection from the layer below"
        own = 2 * network.hidden[layer] ** 2 if layer < len(network.hidden) and network.recurrent[layer] else 0
        assert (mine == layer + 1).sum() == own
        assert (mine != NOBODY).sum() == below + own
    assert (chip.synapses[:, :, chip.circuits[0] == NOBODY] == NOBODY).all()
    assert (chip.circuits != NOBODY).sum() == spec.hemispheres * network.neurons
    assert (chip.labels == 0).sum() == network.inputs, "an input has one label on one bus"
    for layer, size in enumerate(network.hidden):
        assert (chip.labels == layer + 1).sum() == size * chip.spec.hemispheres, "a neuron reaches all hemispheres"
    assert drivers_by_bus(chip).sum() == chip.receiver.sum()
    assert not (chip.nodes[~chip.open_nodes]).any()
    in_use = (chip.synapses != NOBODY).reshape(chip.spec.hemispheres, chip.spec.drivers, -1).any(axis=2)
    np.testing.assert_array_equal(chip.receiver, in_use)


@pytest.mark.parametrize("field", [each.name for each in fields(TINY) if each.type == "int"])
def test_any_design_is_mapped_or_refused(field: str) -> None:
    for value in (1, 2, 8, 17, 63, 1 << 16, 1 << 64):
        with contextlib.suppress(InloopError):
            spec = TINY.with_fields(**{field: value})
            assert chip_map(route(Topology(3, (4,), 2, (True,)), spec)).spec == spec
