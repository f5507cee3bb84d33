"""The level against a plain reference in numpy, and its independence of threads and batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss1.analog.neuron import membranes, trace
from inloop.behavioral.bss1.die import CALIBRATIONS, write
from inloop.behavioral.events import GridEvents
from inloop.behavioral.grid import TimeGrid
from inloop.behavioral.network.topology import Topology
from inloop.cosim.bss1.behavioral import BehavioralLevel
from inloop.cosim.bss1.chip import Bss1Chip
from inloop.cosim.bss1.configuration import Configuration, Strength
from inloop.errors import ConfigError, SpikeError
from inloop.training.datasets.rate import rate_code

GRID = TimeGrid(0.1e-6, 200, 200)
NETWORK = Topology(12, (5,), 3, (False,))
STRONG = (Strength(1000, 8), Strength(900, 8))


def spikes(samples: int, seed: int = 0) -> GridEvents:
    values = np.random.default_rng(seed).random((samples, NETWORK.inputs))
    return rate_code(values, 2e6, GRID, "regular", seed, np.arange(samples).astype(np.uint64))


def configuration(seed: int = 0) -> Configuration:
    rng = np.random.default_rng(seed)
    codes = tuple(rng.integers(-6, 16, (n + 1, m)) for n, m in ((12, 5), (5, 3)))
    return Configuration(codes, (STRONG, STRONG), bias_steps=4)


def wafer(**changes: Any) -> Bss1Chip:
    return Bss1Chip("bss1-tiny", **{"die": 3, "chips": 2, **changes})


def test_each_neuron_follows_its_equation() -> None:
    """One neuron at a time: its merged circuits and the jumps of its synapses from the chip, by hand."""
    chip, given, batch = wafer(), configuration(), spikes(2)
    level = BehavioralLevel(NETWORK, chip, GRID)
    found = [events.dense() for events in level.run(batch, given).spiking]
    assert all(each.sum() > 20 for each in found)
    arrivals_of = [batch.dense(), np.roll(found[0], 1, axis=1)]  # spikes act in the next step
    arrivals_of[1][:, 0] = 0
    spec = chip.spec
    for number, layer in enumerate(level.placement.layers):
        codes = given.codes[number]
        for neuron in range(codes.shape[1]):
            c, column = int(layer.chip[neuron]), int(layer.column[neuron])
            die, circuits, slots = chip.die(c), write(chip.die(c), 0, 0), layer.slots[c]
            here = np.s_[:, column : column + spec.neuron_columns]
            leak = (1 / circuits.tau_mem_s)[here]
            constants = membranes(
                GRID.step_s, [1 / leak.mean()], [circuits.tau_syn_exc_s[here].mean()],
                [circuits.tau_syn_inh_s[here].mean()], [np.average(circuits.leak_v[here], weights=leak)],
                [circuits.reset_v[0, column]], [circuits.threshold_v[0, column]],
                [circuits.reversal_exc_v[here].mean()], [circuits.reversal_inh_v[here].mean()],
                [circuits.refractory_s[0, column]],
            )  # fmt: skip
            jumps = np.zeros((len(codes), 2))
            for source, code in enumerate(codes[:, neuron]):
                side, row, at = slots.side[source], 2 * slots.driver[source] + (code < 0), column + slots.column[source]
                gain = (circuits.input_inh if code < 0 else circuits.input_exc)[side, at] * die.synapse[side, row, at]
                ratio = STRONG[int(code < 0)].ratio / (1023 / 30)
                jumps[source, int(code < 0)] = abs(code) * ratio * gain * spec.code_rate_hz / 8 * GRID.step_s
            for sample in range(2):
                arrivals = arrivals_of[number][sample] @ jumps[:-1]
                arrivals[::4] += jumps[-1]
                record, fired = np.zeros(GRID.steps, np.float32), np.zeros(GRID.steps, np.uint8)
                trace(constants, arrivals.astype(np.float32), record, fired)
                np.testing.assert_array_equal(fired, found[number][sample, :, neuron])


def test_neither_threads_nor_batches_change_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    level, batch = BehavioralLevel(NETWORK, wafer(), GRID), spikes(40)
    whole = level.run(batch, configuration()).counts()
    monkeypatch.setenv("INLOOP_THREADS", "2")
    for one, two in zip(whole, level.run(batch, configuration()).counts(), strict=True):
        np.testing.assert_array_equal(one, two)
    part = GridEvents(batch.first[7:9], batch.unit, batch.units)
    for one, two in zip(whole, level.run(part, configuration()).counts(), strict=True):
        np.testing.assert_array_equal(one[7:9], two)


def test_counters_and_chip_time() -> None:
    batch = spikes(3)
    seen = BehavioralLevel(NETWORK, wafer(), GRID).run(batch, configuration())
    assert seen.counters["input_events"] == len(batch.unit)
    assert seen.counters["spikes"] == sum(int(each.sum()) for each in seen.counts())
    assert seen.chip_time_s == pytest.approx(3 * 20e-6)


def test_only_the_write_and_the_die_change_a_run() -> None:
    def counts(**changes: Any) -> Any:
        return BehavioralLevel(NETWORK, wafer(**changes), GRID).run(spikes(8), configuration()).counts()[0]

    np.testing.assert_array_equal(counts(), counts())
    for changes in ({"writes": 1}, {"write_seed": 1}, {"die": 4}):
        assert (counts() != counts(**changes)).any()
    repeatable = replace(CALIBRATIONS["calibrated"], repeatable=1.0)
    np.testing.assert_array_equal(counts(calibration=repeatable), counts(calibration=repeatable, writes=1))


def test_inhibition_and_excitation_do_what_they_are_named_for() -> None:
    level = BehavioralLevel(NETWORK, wafer(calibration="perfect"), GRID)

    def total(hidden: int) -> int:
        codes = (np.full((13, 5), 5), np.full((6, 3), 5))
        codes[0][6:] = hidden
        return int(level.run(spikes(4), Configuration(codes, (STRONG, STRONG), 4)).counts()[0].sum())

    assert total(-15) < total(0) < total(5)


def test_bad_input_is_refused() -> None:
    level = BehavioralLevel(NETWORK, wafer(), GRID)
    wrong = rate_code(np.ones((1, 5)), 1e6, GRID, "regular", 0, np.zeros(1, np.uint64))
    with pytest.raises(SpikeError, match="5 channels, the network has 12 inputs"):
        level.run(wrong, configuration())
    short = rate_code(np.ones((1, 12)), 1e6, TimeGrid(0.1e-6, 50, 50), "regular", 0, np.zeros(1, np.uint64))
    with pytest.raises(SpikeError, match="grid of 50 steps, the level runs 200"):
        level.run(short, configuration())
    with pytest.raises(ConfigError, match="chips = 385 must lie between 1 and 384"):
        Bss1Chip(chips=385)
    with pytest.raises(ConfigError, match="unknown chip preset"):
        Bss1Chip("bss2")
