"""The router, proved: the network read off the configuration alone is the one that was asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from inloop.behavioral.bss2.fabric.backend import clamp_end
from inloop.behavioral.bss2.spec import ChipSpec, chip_spec
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.wiring import USUAL, Table, Wiring
from inloop.cosim.bss2.connectivity import extracted, requested
from inloop.cosim.bss2.placement import route
from inloop.cosim.bss2.program import (
    configure,
    input_events,
    neuron_of,
    programmed_synapses,
    refractory,
    synapse_weights,
)
from inloop.errors import ConfigError, DoesNotFitError

BSS2, TINY = chip_spec("bss2"), chip_spec("tiny")
PUBLISHED = [Topology(256, (246,), 10, (False,)), Topology(70, (186,), 20, (True,))]
SIZES = st.integers(1, 60)
_RNG = np.random.default_rng(0)
RESERVOIR = Table.of(np.concatenate([_RNG.random((40, 200)) < 0.3, _RNG.random((200, 200)) < 0.1]))
LOOP = Table.of(np.block([[np.ones((60, 50)), np.zeros((60, 50))], [np.kron([[0, 1], [1, 0]], np.ones((50, 50)))]]))


def assert_proved(topology: Topology, spec: ChipSpec) -> None:
    routing = route(topology, spec)
    found = extracted(routing, configure(routing), programmed_synapses(routing))
    for have, want in zip(found, requested(routing), strict=True):
        np.testing.assert_array_equal(have, want)


@pytest.mark.parametrize("topology", PUBLISHED, ids=str)
def test_the_published_networks_fit_and_are_proved(topology: Topology) -> None:
    assert_proved(topology, BSS2)


@settings(max_examples=25, deadline=None)
@given(SIZES, st.lists(st.tuples(SIZES, st.booleans()), min_size=1, max_size=3), SIZES)
def test_any_network_that_fits_is_proved(inputs: int, hidden: list[tuple[int, bool]], outputs: int) -> None:
    assert_proved(Topology(inputs, tuple(h for h, _ in hidden), outputs, tuple(own for _, own in hidden)), BSS2)


@settings(max_examples=50, deadline=None)
@given(
    st.integers(1, 16),
    st.lists(st.tuples(st.integers(1, 8), st.booleans()), min_size=1, max_size=2),
    st.integers(1, 8),
)
def test_a_small_chip_is_used_to_its_limits_or_refuses(inputs: int, hidden: list[tuple[int, bool]], out: int) -> None:
    topology = Topology(inputs, tuple(h for h, _ in hidden), out, tuple(own for _, own in hidden))
    try:
        assert_proved(topology, TINY)
    except DoesNotFitError as error:
        assert str(topology) in str(error)  # noqa: PT017


@pytest.mark.parametrize("topology", PUBLISHED, ids=str)
def test_a_damaged_configuration_is_noticed(topology: Topology) -> None:
    routing = route(topology, BSS2)
    program, weights = configure(routing), programmed_synapses(routing)
    driver = int(np.flatnonzero(program.fabric.drivers.receiver)[3])
    mask = program.fabric.drivers.compare_mask.copy()
    mask[driver] = 31
    wrong = program.fabric.with_section("drivers", compare_mask=mask)
    found = extracted(routing, replace(program, fabric=wrong), weights)
    assert not all(np.array_equal(a, b) for a, b in zip(found, requested(routing), strict=True))


def test_no_two_sources_of_a_layer_share_a_driver_and_no_two_neurons_a_column() -> None:
    routing = route(Topology(60, (60, 60), 60, (True, False)), BSS2)
    assert sorted(np.concatenate(routing.circuits)) == list(range(180))
    for layer in routing.layers:
        drivers = set(zip(layer.hemisphere.tolist(), layer.driver.tolist(), strict=True))
        assert len(drivers) == len(layer.driver)


def test_inputs_are_spread_over_links_and_buses() -> None:
    routing = route(PUBLISHED[0], BSS2)
    channel, label = input_events(routing)
    assert np.bincount(channel).tolist() == [64] * 4
    assert len(set(zip(channel.tolist(), label.tolist(), strict=True))) == 256


def test_sources_fill_both_hemispheres_and_every_fourth_driver() -> None:
    """As docs/modelling-choices.md says of this network."""
    routing = route(PUBLISHED[0], BSS2)
    assert routing.groups == 2
    hidden, readout = routing.layers
    assert np.bincount(hidden.hemisphere).tolist() == [128, 128]
    assert np.bincount(readout.hemisphere).tolist() == [123, 123]
    assert np.concatenate(routing.circuits).tolist() == list(range(256))
    bus = routing.circuits[0] // (BSS2.columns // BSS2.event_outputs) % BSS2.padi_buses
    np.testing.assert_array_equal(readout.driver % 4, bus)


def test_recorded_spikes_name_their_neuron() -> None:
    routing = route(PUBLISHED[0], BSS2)
    assert sorted(neuron_of(routing).values()) == list(range(246))


def test_signed_weights_become_one_excitatory_or_inhibitory_synapse() -> None:
    routing = route(Topology(2, (2,), 1, (False,)), TINY)
    weights = synapse_weights(routing, (np.array([[5, -7], [0, 63]]), np.array([[-1], [2]])))
    assert weights.sum() == 5 + 7 + 63 + 1 + 2
    assert sorted(weights[weights > 0].tolist()) == [1, 2, 5, 7, 63]
    first = routing.seats[0][0]
    assert weights[first.hemisphere, 2 * first.driver + 1, 0] == 5
    assert weights[first.hemisphere, 2 * first.driver, 1] == 7


def test_the_refractory_time_is_counted_in_cycles_or_in_ticks_of_the_slow_clock() -> None:
    assert refractory(BSS2) == (251, 0)
    assert refractory(BSS2.with_fields(refractory_s=254 / 125e6)) == (255, 0)
    assert refractory(BSS2.with_fields(refractory_s=255 / 125e6)) == (129, 1)
    assert refractory(BSS2.with_fields(clock_hz=1e9)) == (251, 3)
    message = r"refractory_s = 0.2 is 2.5e\+07 cycles, the refractory counter has room for 254 ticks of 32768 cycles"
    with pytest.raises(ConfigError, match=message):
        refractory(BSS2.with_fields(refractory_s=0.2))


@pytest.mark.parametrize("cycles", [3, 254, 255, 300, 625, 2000, 77_777])
def test_a_membrane_rests_for_the_refractory_time_on_average(cycles: int) -> None:
    """Ticks of the slow clock are a common beat; a spike comes anywhere between two of them."""
    ticks, scale = refractory(BSS2.with_fields(refractory_s=cycles / BSS2.clock_hz))
    rests = [clamp_end(cycle, ticks, ticks - 1, scale) - (cycle + 1) for cycle in range(1 << scale)]
    assert np.mean(rests) == pytest.approx(cycles, abs=(1 << scale) / 2)
    assert max(rests) - min(rests) == (1 << scale) - 1


def test_too_many_neurons_are_refused_with_numbers() -> None:
    message = r"256-247-10 needs 257 neurons, chip 'bss2' has 256 columns .* make the hidden layers 1 neurons smaller"
    with pytest.raises(DoesNotFitError, match=message):
        route(Topology(256, (247,), 10, (False,)), BSS2)


def test_too_many_sources_are_refused_with_numbers() -> None:
    message = r"layer 2 of network 9-9-100r-5 needs 109 signed inputs .* chip 'bss2' have 104; remove 5 sources"
    columns = (USUAL, Wiring(circuits=((100, 2),)), USUAL)
    with pytest.raises(DoesNotFitError, match=message):
        route(Topology(9, (9, 100), 5, (False, True), wiring=columns), BSS2.with_fields(rows=104))


def test_neurons_of_more_inputs_than_a_column_has_get_more_columns() -> None:
    small = BSS2.with_fields(rows=104)
    topology = Topology(109, (20,), 5, (False,))
    assert route(topology, small).merged[0].shape == (20, 4)
    assert_proved(topology, small)


WHOLE = {
    "512 neurons of one circuit": Topology(128, (512,), 0, (False,), ((0,), ()), (Wiring(circuits=((512, 1),)), USUAL)),
    "64 neurons with 784 inputs": Topology(784, (64,), 0, (False,), ((0,), ())),
    "reservoir": Topology(40, (200,), 10, (True,), wiring=(Wiring(RESERVOIR), USUAL)),
    "unsigned": Topology(300, (100,), 10, (False,), wiring=(Wiring(signs=(1,) * 200 + (-1,) * 100), USUAL)),
    "two in a loop": Topology(60, (100,), 10, (True,), wiring=(Wiring(LOOP), USUAL)),
    "skips": Topology(100, (80, 60), 10, (True, False), ((0,), (0, 1), (0, 1, 2))),
    "parallel": Topology(50, (40, 30), 10, (True, False), ((0, 0), (0, 0, 1), (1, 2, 2))),
    "told": Topology(9, (3,), 1, (False,), wiring=(Wiring(columns=(200, 7, 31)), Wiring(columns=(0,)))),
}


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_chip_holds_fits_and_is_proved(name: str) -> None:
    assert_proved(WHOLE[name], BSS2)


def test_placement_that_is_told_is_kept() -> None:
    assert [each.tolist() for each in route(WHOLE["told"], BSS2).circuits] == [[200, 7, 31], [0]]


@st.composite
def wired(draw: st.DrawFn) -> Topology:
    """Any network: skips, parallel projections, masks, signs, neurons of one, two, four circuits."""
    inputs, sizes = draw(st.integers(1, 20)), tuple(draw(st.lists(st.integers(1, 12), min_size=1, max_size=3)))
    recurrent = tuple(draw(st.booleans()) for _ in sizes)
    outputs = draw(st.integers(0, 6))
    sources = [draw(st.lists(st.integers(0, k), max_size=3)) for k in range(len(sizes) + 1)]
    feeds = tuple(tuple(sorted(each)) for each in sources)
    bare = Topology(inputs, sizes, outputs, recurrent, feeds)
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    wirings = []
    for layer, neurons in enumerate(bare.sizes[1:]):
        fan_in = bare.fan_in(layer)
        mask = Table.of(rng.random((fan_in, neurons)) < draw(st.sampled_from([0.0, 0.1, 0.5, 1.0])))
        signs = tuple(rng.integers(-1, 2, fan_in).tolist())
        cut = draw(st.integers(0, neurons))
        runs = tuple((n, c) for n, c in ((cut, draw(st.sampled_from([0, 1, 4]))), (neurons - cut, 2)) if n)
        given = draw(st.tuples(*[st.booleans()] * 3))
        wirings.append(
            Wiring(mask if given[0] else None, signs if given[1] else None, runs if given[2] and runs else None)
        )
    return Topology(inputs, sizes, outputs, recurrent, feeds, tuple(wirings))


@settings(max_examples=60, deadline=None)
@given(wired(), st.sampled_from([BSS2, TINY]))
def test_any_wiring_that_fits_is_proved(topology: Topology, spec: ChipSpec) -> None:
    try:
        assert_proved(topology, spec)
    except DoesNotFitError as error:
        assert str(topology) in str(error)  # noqa: PT017


def test_a_bus_that_overflows_is_named() -> None:
    message = r"runs out of synapse drivers or labels for hidden layer 1 on bus number 0 .* has 16 drivers"
    with pytest.raises(DoesNotFitError, match=message):
        route(Topology(9, (40,), 5, (False,)), BSS2.with_fields(rows=64))
