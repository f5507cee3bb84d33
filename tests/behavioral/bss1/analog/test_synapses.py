"""The synapse array against its definition, and the analog part with it against a membrane by itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from inloop.behavioral.bss1.analog.core import AnalogConstants, Core, core
from inloop.behavioral.bss1.analog.neuron import membranes, trace
from inloop.behavioral.bss1.analog.synapses import SynapseArray, synapses
from inloop.behavioral.bss1.spec import bss1_spec
from inloop.behavioral.lockstep import act, begin, move

SPEC = bss1_spec("bss1-tiny").with_fields(drivers=3)
STEP_S = 1 / SPEC.clock_hz
ROWS = (SPEC.sides, 2 * SPEC.drivers)
NEURONS = 5
RNG = np.random.default_rng(1)
LANE = np.repeat(np.arange(-1, 7), SPEC.neuron_columns)  # the last two columns of neurons are used by nobody
LANE[LANE >= NEURONS] = -1
ARRAY = SynapseArray(
    RNG.integers(0, 16, (*ROWS, SPEC.columns)) * (RNG.random((*ROWS, SPEC.columns)) < 0.7),
    RNG.integers(0, 16, (*ROWS, SPEC.columns)), RNG.uniform(2, 200, ROWS),
)  # fmt: skip
GAIN = RNG.uniform(0.3, 2, (*ROWS, SPEC.columns))


def by_definition(driver: int, strobes: int, address: int) -> Any:
    """Return the jumps of both conductances, (2, neurons) in 1/s, synapse by synapse."""
    side, row = driver // SPEC.drivers, 2 * (driver % SPEC.drivers)
    out, column = np.zeros((2, NEURONS)), np.arange(SPEC.columns)
    for top in range(2):
        at = side, row + top
        takes = (strobes >> (2 * top + column % 2) & 1 == 1) & (ARRAY.decoder[at] == address) & (LANE >= 0)
        strength = ARRAY.strength[at] / (1023 / 30)
        jump = SPEC.code_rate_hz * strength * ARRAY.weight[at] * GAIN[at] / SPEC.circuits_per_neuron
        np.add.at(out[top], LANE[takes], jump[takes])
    return out


def constants(**changes: float) -> AnalogConstants:
    neuron = {
        "tau_mem_s": 1e-6, "tau_syn_exc_s": 0.3e-6, "tau_syn_inh_s": 0.25e-6, "leak_v": 0.92, "reset_v": 0.905,
        "threshold_v": 0.936, "reversal_exc_v": 1.3, "reversal_inh_v": 0.45, "refractory_s": 0.23e-6, **changes,
    }  # fmt: skip
    cells = membranes(STEP_S, **{name: [value] * NEURONS for name, value in neuron.items()})
    return AnalogConstants(cells, synapses(SPEC, ARRAY, GAIN, LANE, STEP_S), np.arange(NEURONS) * 4 + 1)


def rested(given: AnalogConstants) -> Core:
    """Return a core whose neurons begin a sample without a rest."""
    return core(given, np.zeros((1, given.neurons.leak.shape[0])))


def test_strobes_act_on_the_synapses_that_match() -> None:
    slow = constants(tau_syn_exc_s=1.0, tau_syn_inh_s=1.0)  # conductances stay
    cells, met = rested(slow), 0
    for driver in range(2 * SPEC.drivers):
        for strobes in range(16):
            for address in range(16):
                begin(cells, 0)
                act(cells, np.array([[driver, strobes, address]]), 1)
                move(cells, 0, ())
                expected = by_definition(driver, strobes, address) * STEP_S
                np.testing.assert_allclose(cells.analog.state[1:3, :NEURONS], expected, rtol=1e-5, atol=1e-9)
                met += int(expected.any())
    assert met > 300


def test_each_neuron_is_a_membrane_by_itself() -> None:
    """A random storm of pulses: membranes and spikes are those of `membrane.trace` with the same jumps."""
    cells, cycles = rested(constants()), 4000
    arrivals, record, spikes = np.zeros((NEURONS, cycles, 2), np.float32), np.empty((cycles, NEURONS)), []
    begin(cells, 0)
    for cycle in range(cycles):
        drivers = np.flatnonzero(RNG.random(2 * SPEC.drivers) < 0.02)
        pulses = np.array([[d, *RNG.integers(0, 16, 2)] for d in drivers], np.int64).reshape(-1, 3)
        for driver, strobes, address in pulses.tolist():
            arrivals[:, cycle] += (by_definition(driver, strobes, address) * STEP_S).T.astype(np.float32)
        act(cells, pulses, len(pulses))
        count = move(cells, cycle, ())
        spikes += [(cycle, circuit) for circuit in cells.fires[:count].tolist()]
        record[cycle] = cells.analog.state[0, :NEURONS]
    assert len(spikes) > 30
    alone = constants().neurons
    for n in range(NEURONS):
        u, fired = np.zeros(cycles, np.float32), np.zeros(cycles, np.uint8)
        trace(alone, arrivals[n], u, fired)
        assert [cycle for cycle, circuit in spikes if circuit == 4 * n + 1] == np.flatnonzero(fired).tolist()
        np.testing.assert_allclose(record[:, n], u, atol=2e-6)


@pytest.mark.parametrize("limit_s", [5e-9, 100e-9])
def test_a_synaptic_input_saturates_at_the_same_conductance_for_any_step(limit_s: float) -> None:
    cells = membranes(limit_s, [1e-6], [1e-6], [1e-6], [0.92], [0.9], [0.93], [1.3], [0.4], [0.0])
    assert float(cells.limit) / limit_s == pytest.approx(3.5e7)
