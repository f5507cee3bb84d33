from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.spec import chip_spec
from inloop.behavioral.topology import Topology
from inloop.cosim.placement import place
from inloop.errors import DoesNotFitError

SPEC = chip_spec("bss2")
SIZES = st.integers(1, 60)


@settings(max_examples=50, deadline=None)
@given(SIZES, st.lists(st.tuples(SIZES, st.booleans()), min_size=1, max_size=3), SIZES)
def test_every_neuron_has_its_own_column_and_every_source_its_own_driver(
    inputs: int, hidden: list[tuple[int, bool]], outputs: int
) -> None:
    topology = Topology(inputs, tuple(h for h, _ in hidden), outputs, tuple(own for _, own in hidden))
    placed = place(topology, SPEC)
    columns = np.concatenate([layer.columns for layer in placed])
    assert sorted(columns) == list(range(topology.neurons))
    for k, layer in enumerate(placed):
        assert len(layer.columns) == topology.sizes[k + 1]
        drivers = set(zip(layer.hemisphere.tolist(), layer.driver.tolist(), strict=True))
        assert len(drivers) == len(layer.driver) == topology.fan_in(k)
        assert layer.hemisphere.max() < SPEC.hemispheres
        assert layer.driver.max() < SPEC.drivers


@pytest.mark.parametrize("topology", [Topology(256, (246,), 10, (False,)), Topology(70, (186,), 20, (True,))], ids=str)
def test_the_published_networks_fit(topology: Topology) -> None:
    assert len(place(topology, SPEC)) == 2


def test_too_many_neurons_are_refused_with_numbers() -> None:
    message = r"256-247-10 needs 257 neurons, chip 'bss2' has 256 columns .* make the hidden layers 1 neurons smaller"
    with pytest.raises(DoesNotFitError, match=message):
        place(Topology(256, (247,), 10, (False,)), SPEC)


def test_too_many_sources_are_refused_with_numbers() -> None:
    message = r"layer 2 of network 9-9-100r-5 needs 109 signed inputs .* chip 'bss2' has 100 .* remove 9 sources"
    with pytest.raises(DoesNotFitError, match=message):
        place(Topology(9, (9, 100), 5, (False, True)), SPEC.with_fields(rows=100))
