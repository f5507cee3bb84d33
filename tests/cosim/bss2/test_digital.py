"""What only levels with the digital spike path have: contention, late events, idle cycles that are left out."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss2.spec import chip_spec
from inloop.behavioral.events import SpikeBatch
from inloop.behavioral.grid import make_grid
from inloop.behavioral.network.topology import Topology
from inloop.behavioral.network.weights import NetworkWeights
from inloop.behavioral.numerics.noise import TemporalNoise
from inloop.cosim.bss2.event import EventLevel
from inloop.cosim.bss2.placement import route
from inloop.cosim.bss2.program import configure
from inloop.cosim.chip import Chip
from inloop.cosim.levels import open_level
from inloop.cosim.observation import Observation
from inloop.cosim.spike_differences import spikes_within_a_step

SPEC = chip_spec("bss2")
GRID = make_grid(SPEC, 12e-6)
PERFECT = Chip(SPEC, calibration="perfect", noise="off")
NETWORKS = {
    "feed-forward": Topology(20, (40,), 5, (False,)),
    "recurrent": Topology(40, (180,), 5, (True,)),
    "deep": Topology(20, (40, 33), 5, (True, False)),
}
networks = pytest.mark.parametrize("network", sorted(NETWORKS))


def trials(samples: int) -> np.ndarray:
    return np.arange(samples, dtype=np.uint64)


def at_once(units: int, time_s: float) -> SpikeBatch:
    return SpikeBatch.from_events([0] * units, range(units), [time_s] * units, samples=1, units=units)


def full(topology: Topology, weight: float) -> NetworkWeights:
    sizes = topology.sizes
    forward = tuple(np.full((a, b), weight) for a, b in pairwise(sizes))
    return NetworkWeights(forward, tuple(None for _ in topology.hidden))


def assert_identical(one: Observation, two: Observation) -> None:
    for a, b, u, v in zip(one.spikes, two.spikes, one.cycles, two.cycles, strict=True):
        np.testing.assert_array_equal(a.first, b.first)
        np.testing.assert_array_equal(a.unit, b.unit)
        np.testing.assert_array_equal(u, v)
    for k in range(len(one.spikes)):
        np.testing.assert_array_equal(one.membrane(k), two.membrane(k))
    np.testing.assert_array_equal(one.readout, two.readout)
    assert one.counters == two.counters


def test_cycles_lie_in_the_steps_of_their_spikes(digital: str, make_weights: Any, make_spikes: Any) -> None:
    topology = NETWORKS["deep"]
    seen = open_level(digital, topology, PERFECT, GRID).run(
        make_spikes(topology, GRID, 10), make_weights(topology), trials(10)
    )
    step_cycles = round(GRID.step_s / seen.cycle_s)
    for layer, cycle in enumerate(seen.cycles):
        _, step, _ = seen.spikes[layer].table()
        np.testing.assert_array_equal(cycle // step_cycles, step)
        assert len(np.unique(cycle % step_cycles)) > 10
        np.testing.assert_allclose(seen.spike_batch(layer).time_s, (cycle + 1) * 8e-9)


def test_events_of_one_cycle_leave_a_link_one_after_the_other(digital: str) -> None:
    """All but the first of each link are late; nothing is lost."""
    topology = NETWORKS["feed-forward"]
    level = open_level(digital, topology, PERFECT, GRID)
    links = len(np.unique(configure(route(topology, SPEC)).input_channel))
    assert links > 1
    seen = level.run(at_once(20, 2e-6), full(topology, 0.1), trials(1))
    nothing = {"hidden_spikes": 0, "dropped": 0, "lost": 0, "sent": 0, "sent_words": 0}
    assert seen.counters == {"input_events": 20, "late": 20 - links, "routed": 20, **nothing}
    spread = SpikeBatch.from_events([0] * 20, range(20), 2e-6 + 8e-9 * np.arange(20), samples=1, units=20)
    assert level.run(spread, full(topology, 0.1), trials(1)).counters["late"] == 0


def test_neurons_of_two_event_outputs_share_buses_and_links(digital: str) -> None:
    """240 neurons fire in one cycle. Event output n sends one spike per cycle, and n + 4 wants the same outputs.

    An output takes one of the two per cycle, in turn. A node holds one event, so while both send, the other drops its
    new event in every cycle but the first: 31 times for 32 and 32 neurons. For 32 and 16 it is 15 times, and once
    more when the shorter one's last event goes.
    """
    topology = Topology(20, (240,), 5, (False,))
    seen = open_level(digital, topology, PERFECT, GRID).run(at_once(20, 1e-6), full(topology, 2.0), trials(1))
    cycles, sizes = np.unique(seen.cycles[0], return_counts=True)
    assert (sizes == 240).all()
    dropped_at_four_outputs = 3 * 31 + 16  # the buses of hemisphere 0, those of hemisphere 1, the links
    expected = {
        "hidden_spikes": 240, "dropped": 3 * dropped_at_four_outputs, "sent": 240 - dropped_at_four_outputs, "lost": 0,
    }  # fmt: skip
    assert {name: seen.counters[name] for name in expected} == {k: n * len(cycles) for k, n in expected.items()}
    assert seen.counters["routed"] == 20 + len(cycles) * 3 * (240 - dropped_at_four_outputs)


def test_congestion_changes_what_the_network_does(digital: str, make_weights: Any) -> None:
    """Behind dense input recurrent spikes get lost, which the behavioral level does not see."""
    topology, events = NETWORKS["recurrent"], 6000
    rng = np.random.default_rng(0)
    spikes = SpikeBatch.from_events(
        rng.integers(0, 3, events), rng.integers(0, 40, events), rng.random(events) * GRID.duration_s,
        samples=3, units=40,
    )  # fmt: skip
    weights = make_weights(topology, mean=0.02, spread=0.2)
    one, two = (
        open_level(name, topology, PERFECT, GRID).run(spikes, weights, trials(3)) for name in ("behavioral", digital)
    )
    assert two.counters["late"] > 1000
    assert two.counters["dropped"] > 10
    assert min(one.counters["hidden_spikes"], two.counters["hidden_spikes"]) > 100
    paired, _ = spikes_within_a_step(one, two, None)
    assert paired.figure < 95


def test_the_host_makes_up_for_the_latency_of_the_link(digital: str) -> None:
    """Events in the first cycles cannot: they act together, one after the other leaving the link."""
    topology = Topology(1, (1,), 1, (False,))
    level = open_level(digital, topology, Chip(SPEC, calibration="perfect", noise="off", quantized=False), GRID)
    first = []
    for cycle in (0, 3, 5, 6, 9):
        spikes = SpikeBatch.from_events([0], [0], [(cycle + 0.5) * 8e-9], samples=1, units=1)
        first.append(float(level.run(spikes, full(topology, 1.0), trials(1)).membrane(0)[0, 0, 0]))
    time_s = GRID.step_s * GRID.sample_steps - 8e-9 * np.array([5, 5, 5, 6, 9])
    np.testing.assert_allclose(first, time_s / 6e-6 * np.exp(-time_s / 6e-6), rtol=1e-9)


TINY = Chip("tiny", calibration="perfect", noise="off")


def test_late_events_are_counted_as_far_as_the_register_goes(digital: str) -> None:
    """A link lets out one event per cycle, so all but the first are late; its counter stops at 16 bits."""
    seen = at_one_link(digital, (1 << 16) + 5)
    assert seen.counters["late"] == (1 << 16) - 1
    assert seen.counters["routed"] == (1 << 16) + 5


@pytest.mark.parametrize("level", ["event", "verilog"])
def test_a_sample_ends_with_its_last_event(level: str) -> None:
    """However many there are: the path drains for longer than a million cycles here."""
    assert at_one_link(level, (1 << 20) + 5000).counters["routed"] == (1 << 20) + 5000


@pytest.mark.parametrize("level", ["event", "rtl"])
def test_a_deep_queue_of_a_link_drains(level: str) -> None:
    """The host has handed over all its events, and no event leaves the chip, while the queue is still full."""
    deep = chip_spec("tiny").with_fields(link_in_depth=256)
    seen = at_one_link(level, 250, Chip(deep, calibration="perfect", noise="off"))
    assert seen.counters == {**seen.counters, "late": 249, "routed": 250}


def at_one_link(level: str, events: int, chip: Chip = TINY) -> Observation:
    """Return what a level sees of so many events of one input in the last cycle but a few of a window."""
    topology, grid = Topology(1, (1,), 1, (False,)), make_grid(chip.spec, 1.5e-6)
    time_s = grid.duration_s - 20 / chip.spec.clock_hz
    spikes = SpikeBatch.from_events([0] * events, [0] * events, [time_s] * events, samples=1, units=1)
    return open_level(level, topology, chip, grid).run(spikes, full(topology, 0.0), trials(1))


def between_spikes_s(clock_hz: float) -> float:
    """Return the mean distance of the spikes of a neuron that fires as soon as it may."""
    spec = SPEC.with_fields(clock_hz=clock_hz)
    topology, grid = Topology(20, (1,), 1, (False,)), make_grid(spec, 40e-6)
    moments = np.arange(1000) * 39e-9
    spikes = SpikeBatch.from_events(
        [0] * 20_000, np.tile(np.arange(20), 1000), np.repeat(moments, 20), samples=1, units=20
    )
    level = EventLevel(topology, Chip(spec, calibration="perfect", noise="off"), grid)
    cycles = level.run(spikes, full(topology, 2.0), trials(1)).cycles[0]
    assert len(cycles) > 10
    return float(np.diff(cycles).mean() / clock_hz)


@pytest.mark.parametrize("clock_hz", [250e6, 1e9])
def test_fast_clocks_count_the_rest_of_a_neuron_in_ticks_of_several_cycles(clock_hz: float) -> None:
    assert between_spikes_s(clock_hz) == pytest.approx(between_spikes_s(125e6), abs=2e-8)
    assert between_spikes_s(clock_hz) > SPEC.refractory_s


@networks
@pytest.mark.parametrize("per_sample", [20, 400])
def test_leaving_out_idle_cycles_changes_nothing(
    network: str, per_sample: int, make_weights: Any, make_spikes: Any
) -> None:
    topology, chip = NETWORKS[network], Chip(SPEC, die=3)
    spikes, weights = make_spikes(topology, GRID, 12, per_sample), make_weights(topology, mean=0.3)
    runs = [EventLevel(topology, chip, GRID, skip=skip).run(spikes, weights, trials(12)) for skip in (True, False)]
    assert runs[0].counters["hidden_spikes"] > 50
    assert_identical(*runs)


@networks
def test_noise_is_that_of_the_behavioral_level(digital: str, network: str) -> None:
    """At rest: the same draws at the same times, on a mismatched die."""
    chip = Chip(SPEC.with_fields(threshold_lsb=220.0), die=3, noise=TemporalNoise(0.85, 0.7, 1.0), quantized=False)
    topology = NETWORKS[network]
    nothing = SpikeBatch.from_events([], [], [], samples=3, units=topology.inputs)
    own = tuple(np.zeros((n, n)) if r else None for n, r in zip(topology.hidden, topology.recurrent, strict=True))
    weights = NetworkWeights(full(topology, 0.0).forward, own)
    one, two = (
        open_level(name, topology, chip, GRID).run(nothing, weights, trials(3)) for name in ("behavioral", digital)
    )
    for k in range(len(topology.hidden)):
        assert one.membrane(k).std() > 0.01
        np.testing.assert_allclose(two.membrane(k), one.membrane(k), rtol=0, atol=1e-9)
    np.testing.assert_allclose(two.readout, one.readout, rtol=0, atol=1e-9)


def test_trial_noise_of_thresholds_is_that_of_the_behavioral_level(digital: str) -> None:
    """Neurons fire by themselves where their threshold falls below rest, a different set in each trial."""
    chip = Chip(SPEC.with_fields(threshold_lsb=80.5), calibration="perfect", noise=TemporalNoise(0, 0, 1.0))
    topology = Topology(1, (200,), 5, (False,))
    nothing = SpikeBatch.from_events([], [], [], samples=5, units=1)
    firing = [
        open_level(name, topology, chip, GRID).run(nothing, full(topology, 0.0), trials(5)).spikes[0].counts() > 0
        for name in ("behavioral", digital)
    ]
    assert 0.2 < firing[0].mean() < 0.4
    np.testing.assert_array_equal(*firing)
