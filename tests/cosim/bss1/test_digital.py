"""Levels of the wafer with the digital path: bit for bit the same, and each what its parts say."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss1.fabric.drivers import line_events
from inloop.behavioral.bss1.fabric.run import run_fabric
from inloop.behavioral.bss1.fabric.stimulus import stimulus
from inloop.behavioral.bss1.fabric.wiring import ENCODERS, line_of
from inloop.behavioral.bss1.fabric.words import packed
from inloop.behavioral.events import GridEvents, SpikeBatch, to_grid
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.topology import Topology
from inloop.cosim import agree as agreement
from inloop.cosim.agree import Comparison, compare
from inloop.cosim.bss1.agreement import differences
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.cosim.bss1.event import EventLevel
from inloop.cosim.bss1.inputs import link_words
from inloop.cosim.bss1.measured import COUNTERS, Measured
from inloop.cosim.bss1.program import RECORDED, with_bias
from inloop.cosim.bss1.random_subject import random_subjects
from inloop.cosim.levels import open_level
from inloop.cosim.trials import Subject, plan
from inloop.errors import ConfigError, DoesNotFitError, SpikeError

from tests.cosim.bss1.busy import busy_subject


@lru_cache
def subject(samples: int = 3) -> Subject:
    return busy_subject("bss1-tiny", samples, 3)


@lru_cache
def event_level() -> EventLevel:
    return EventLevel(subject().topology, subject().chip, subject().grid)


def measured() -> Measured:
    seen: Measured = event_level().run(subject().spikes, subject().weights).raw
    return seen


FED = Topology(30, (4,), 2, (False,))
"""More inputs than one link of the small chip is given: two chips bring them in."""


@lru_cache
def fed_subject(samples: int = 10) -> Subject:
    return busy_subject("bss1-tiny", samples, 3, FED)


def on_grid(given: Subject) -> GridEvents:
    return to_grid(given.spikes, given.grid)


def nothing(samples: int, units: int) -> SpikeBatch:
    return SpikeBatch.from_events([], [], [], samples=samples, units=units)


def agreed(given: Subject, other: str, steps: int) -> Comparison:
    kept, sample = given.spikes.time_s < steps * given.grid.step_s, np.diff(given.spikes.offsets)
    short = SpikeBatch.from_events(
        np.repeat(np.arange(given.spikes.samples), sample)[kept], given.spikes.unit[kept], given.spikes.time_s[kept],
        samples=given.spikes.samples, units=given.spikes.units,
    )  # fmt: skip
    given = replace(given, spikes=short, grid=TimeGrid(given.grid.step_s, steps, steps))
    return compare(*plan(given, ["event", other]))


def test_event_and_verilog_agree() -> None:
    found = agreed(subject(10), "verilog", 200)
    assert found.agrees
    assert found.first is None
    assert [quantity.of > 1000 for quantity in found.quantities] == [True] * 3


def test_event_and_rtl_agree() -> None:
    found = agreed(subject(1), "rtl", 50)
    assert found.agrees
    assert found.quantities[0].of > 100


@pytest.mark.parametrize(("other", "samples", "steps"), [("verilog", 10, 200), ("rtl", 1, 30)])
def test_levels_agree_where_chips_only_bring_inputs(other: str, samples: int, steps: int) -> None:
    found = agreed(fed_subject(samples), other, steps)
    assert found.agrees
    assert [quantity.of > samples * steps // 5 for quantity in found.quantities[:2]] == [True] * 2


def test_chips_that_only_bring_inputs_send_them_to_those_with_neurons() -> None:
    given = fed_subject()
    level = EventLevel(FED, given.chip, given.grid)
    assert [(use.neurons, use.inputs) for use in level.placement.chips] == [(6, 0), (0, 16), (0, 14)]
    found = level.run(given.spikes, given.weights)
    seen = found.raw
    assert not seen.spike_count[:, 1:].any()
    assert not seen.word_count[:, 1:].any()  # they send nothing to the host
    events = seen.registers[:, :, COUNTERS.index("line_events")]
    entered = found.counters["input_events"] - found.counters["distributor"]
    entered -= sum(found.counters[name] for name in COUNTERS if name.startswith("link"))
    under_way = 8 * given.spikes.samples  # stamped after the last cycle
    assert entered - under_way <= events[:, 1:].sum() <= entered
    assert events[:, 1:].sum() > 500
    silent = nothing(given.spikes.samples, given.spikes.units)
    assert level.run(silent, given.weights).counters["spikes"] < 0.5 * found.counters["spikes"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("other", ["rtl", "verilog"])
def test_levels_agree_on_the_published_network(other: str) -> None:
    (trial,) = plan(busy_subject("bss1", 2 if other == "rtl" else 200, 1), ["event", other])
    found = compare(trial)
    assert found.agrees
    assert found.quantities[0].of > 1000


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_levels_agree_on_the_network_over_many_chips() -> None:
    large = busy_subject("bss1", 10, 1, Topology(784, (100, 100), 10, (False, False)))
    found = compare(plan(large, ["event", "verilog"])[0])
    assert found.agrees
    assert found.quantities[0].of > 1000


def test_the_network_of_the_tests_is_on_two_chips_and_loses_events() -> None:
    assert len(event_level().programs) == 2
    counters = event_level().run(subject().spikes, subject().weights).counters
    assert counters["spikes"] > 1000
    assert counters["link_full"] > 10


def test_each_chip_is_the_twin_in_an_open_loop() -> None:
    """Its own spikes, words and events from the other chip, sent through the twin by itself, give what was seen."""
    level, given, seen = event_level(), subject(), measured()
    spec, words = level.spec, link_words(level.placement, level.programs, on_grid(given), level.step_cycles)
    configs = [with_bias(p.config, spec, given.weights.bias_steps * level.step_cycles) for p in level.programs]
    for b in range(given.spikes.samples):
        rows = [seen.spikes()[(seen.spikes()[:, :2] == (b, k)).all(axis=1), 2:] for k in range(2)]
        alone: list[Any] = [None, None]
        foreign: list[Any] = [(), ()]
        for _ in range(2):  # first without, then with what the other one sent
            for k in range(2):
                given_ = stimulus(spec, words.of(k, b), foreign=foreign[k])
                alone[k] = run_fabric(spec, configs[k], given_, level.cycles, rows[k])
            for k in range(2):
                sent = line_events(spec, configs[1 - k], alone[1 - k].outputs)
                line = level.programs[k].foreign[0, line_of(sent[:, 1])]
                heard = np.column_stack([sent[:, 0] + spec.hop_cycles, line, sent[:, 2]])[line >= 0]
                foreign[k] = heard[heard[:, 0] < level.cycles]
        for k in range(2):
            there = seen.words()[(seen.words()[:, :2] == (b, k)).all(axis=1), 2:]
            channel, address, stamp, cycle = alone[k].sent.T
            expected = np.column_stack([cycle, packed(spec, channel, address, stamp)])
            np.testing.assert_array_equal(there[there[:, 0] < level.cycles], expected)
            for name in ("encoder_lost", "link_full", "link_collided", "link_expired"):
                np.testing.assert_array_equal(seen.registers[b, k, COUNTERS.index(name)], alone[k].losses[name])
    assert len(foreign[1]) > 50


def test_analog_parts_get_the_pulses_of_the_drivers() -> None:
    """Spikes of the level are those of its analog part with the pulses that the twin says, cycle by cycle."""
    from inloop.behavioral.bss1.analog.core import core
    from inloop.behavioral.lockstep import act, begin, move

    level, given, seen = event_level(), subject(), measured()
    spec, words = level.spec, link_words(level.placement, level.programs, on_grid(given), level.step_cycles)
    config = with_bias(level.programs[0].config, spec, given.weights.bias_steps * level.step_cycles)
    fires = seen.spikes()[(seen.spikes()[:, :2] == (0, 0)).all(axis=1), 2:]
    twin = run_fabric(spec, config, stimulus(spec, words.of(0, 0)), level.cycles, fires)
    analog, found = core(level._analog(0, given.weights), level._restings(1, None)[0]), []
    assert (level.programs[0].foreign == -1).all()  # this chip hears nobody else
    begin(analog, 0)
    edges = np.searchsorted(twin.pulses[:, 0], np.arange(level.cycles + 1))
    for cycle in range(level.cycles):
        rows = np.ascontiguousarray(twin.pulses[edges[cycle] : edges[cycle + 1], 1:])
        act(analog, rows, len(rows))
        count = move(analog, cycle, ())
        found += [(cycle, circuit) for circuit in analog.fires[:count].tolist()]
    assert found == [tuple(row) for row in fires.tolist()]


def test_recorded_spikes_are_those_that_fired_less_the_lost() -> None:
    seen = event_level().run(subject().spikes, subject().weights)
    counters = seen.counters
    missing = counters["spikes"] - counters["recorded"]
    most = counters["encoder_lost"] + counters["encoder_overwritten"] + counters["out_lost"]
    late = 3 * sum(len(program.column) for program in event_level().programs)  # under way at the end of a sample
    assert 0 <= missing <= most + late
    level, found = event_level(), measured()
    circuit = {(k, int(c)): (int(layer), int(unit)) for k, p in enumerate(level.programs)
               for c, layer, unit in zip(p.column, p.layer, p.unit, strict=True)}  # fmt: skip
    fired = [np.zeros((3, size), int) for size in level.topology.sizes[1:]]
    for sample, chip, _, n in found.spikes().tolist():
        layer, unit = circuit[chip, n]
        fired[layer][sample, unit] += 1
    for one, two in zip(fired, seen.counts(), strict=True):
        assert (two <= one).all()
        assert two.sum() > 0.97 * one.sum()


def test_calm_input_gives_the_rates_of_the_level_without_a_path() -> None:
    calm = busy_subject("bss1-tiny", 12, 5)
    strong = replace(calm.weights, strengths=tuple(tuple(replace(s, gmax_div=8) for s in pair)
                     for pair in calm.weights.strengths))  # fmt: skip
    roomy = calm.chip.spec.with_fields(buffer_slots=40)
    wafer = Bss1Chip(roomy, calibration="perfect")
    rates = []
    for fidelity in ("behavioral", "event"):
        seen = open_level(fidelity, calm.topology, wafer, calm.grid).run(calm.spikes, strong)
        rates.append(np.concatenate([counts.sum(axis=0) for counts in seen.counts()]))
    assert rates[0].sum() > 1000
    assert np.corrcoef(*rates)[0, 1] > 0.99
    assert abs(rates[1].sum() / rates[0].sum() - 1) < 0.05


def test_neither_threads_nor_batches_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    many = subject(20)
    whole = event_level().run(many.spikes, many.weights).raw
    monkeypatch.setenv("INLOOP_THREADS", "2")
    again = event_level().run(many.spikes, many.weights).raw
    assert [quantity.amount for quantity, _ in differences(whole, again)] == [0, 0, 0]
    part = many.spikes.select(np.array([7, 8]))
    alone = event_level().run(part, many.weights).raw
    expected = whole.spikes()[(whole.spikes()[:, 0] >= 7) & (whole.spikes()[:, 0] < 9)] - [7, 0, 0, 0]
    np.testing.assert_array_equal(alone.spikes(), expected)


def test_the_bias_generator_keeps_its_rate() -> None:
    seen = measured()
    bias = seen.words()[:, 3] >> event_level().spec.stamp_bits & 63 == 63
    period = subject().weights.bias_steps * event_level().step_cycles
    per_run = event_level().cycles / period
    lost = seen.registers[:, :, COUNTERS.index("out_lost")].sum()
    assert 6 * per_run - lost - 6 <= bias.sum() <= 6 * per_run
    events = seen.registers[:, :, COUNTERS.index("line_events"), RECORDED].sum()
    assert events == pytest.approx(len(seen.words()) + lost, abs=0)


def test_words_keep_the_order_and_the_step_of_the_inputs() -> None:
    level, given = event_level(), subject()
    words = link_words(level.placement, level.programs, on_grid(given), level.step_cycles)
    takers = sum(int((program.channel >= 0).all()) for program in level.programs)
    assert words.first[-1, -1] + words.dropped.sum() == takers * len(given.spikes.unit)
    sample, step, unit = on_grid(given).table()
    rows = words.of(0, 0)
    own = np.lexsort((rows[:, 2], rows[:, 3]))
    mask = (1 << level.spec.stamp_bits) - 1
    steps = [((s * level.step_cycles + 1) & mask, a) for s, a in zip(step[sample == 0], unit[sample == 0], strict=True)]
    if not words.dropped[0, 0]:
        assert sorted(address for _, address in steps) == sorted(rows[own, 2].tolist())
    wrapped = {(stamp - 1) // level.step_cycles * level.step_cycles + 1 for stamp, _ in steps}
    assert len(wrapped) > 1
    assert (rows[:, 1] == rows[0, 1]).all()  # 12 inputs share one line


def test_a_difference_is_shown_where_it_is_first() -> None:
    one = measured()
    other = replace(one, spike_cycle=one.spike_cycle.copy(), word=one.word.copy(), registers=one.registers.copy())
    assert all(place is None for _, place in differences(one, other))
    other.spike_cycle[1, 0, 5] += 1
    other.word[2, 1, 0] ^= 1
    other.registers[2, 1, 3, 4] += 1
    (spikes, place), (words, _), (counters, register) = differences(one, other)
    assert (spikes.amount, words.amount, counters.amount) == (2, 2, 1)
    assert place is not None
    assert (place.sample, place.time, place.values) == (1, int(one.spike_cycle[1, 0, 5]), ("spike", "no spike"))
    assert register is not None
    assert (register.sample, register.place) == (2, "chip 1")
    assert register.time == 1 + max(one.spikes()[:, 2].max(), one.words()[:, 2].max())


def test_a_level_that_errs_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Forgetful(EventLevel):
        def simulate(self, words: Any, configs: Any, analog: Any, seen: Any) -> None:
            quiet = tuple(config.with_section("background", enable=0) for config in configs)
            super().simulate(words, quiet, analog, seen)

    given, real = subject(), agreement.open_level

    def opened(fidelity: str, topology: Any, chip: Any, grid: Any, counted: Any) -> Any:
        return (
            Forgetful(topology, chip, grid) if fidelity == "verilog" else real(fidelity, topology, chip, grid, counted)
        )

    monkeypatch.setattr(agreement, "open_level", opened)
    found = compare(plan(given, ["event", "verilog"])[0])
    assert not found.agrees
    assert found.first is not None
    assert found.first.sample == 0


def test_what_cannot_be_is_refused() -> None:
    tiny, grid = Bss1Chip("bss1-tiny", calibration="perfect"), TimeGrid(0.1e-6, 50, 50)
    network = Topology(3, (2,), 1, (False,))
    with pytest.raises(DoesNotFitError, match="784 inputs need 7 chips that only bring them in"):
        open_level("event", Topology(784, (2,), 1, (False,)), Bss1Chip("bss1", chips=7), grid)
    with pytest.raises(ConfigError, match="no whole number of cycles"):
        open_level("event", network, tiny, TimeGrid(7e-9, 50, 50))
    with pytest.raises(ConfigError, match="has chains of layers without loops only"):
        open_level("ideal", Topology(3, (2,), 1, (True,)), tiny, grid)
    with pytest.raises(ConfigError, match="further apart than the 65536"):
        with_bias(event_level().programs[0].config, event_level().spec, 65537)
    with pytest.raises(SpikeError, match="grid of 200 steps"):
        open_level("event", subject().topology, subject().chip, grid).run(on_grid(subject()), subject().weights)
    with pytest.raises(ConfigError, match=r"samples = 10+ must be a whole number"):
        random_subjects("bss1-tiny", 10**30)
    assert ENCODERS == 8
